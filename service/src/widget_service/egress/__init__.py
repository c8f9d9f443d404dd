"""The guard before every outgoing connection, and the client behind it.

Names are loaded when they are used: reading a URL must not load libcurl.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from widget_service.egress.client import UpstreamClient
    from widget_service.egress.messages import UpstreamRequest, UpstreamResponse
    from widget_service.egress.policy import EgressPolicy

__all__ = ["EgressPolicy", "UpstreamClient", "UpstreamRequest", "UpstreamResponse"]

_HOMES = {
    "EgressPolicy": "policy",
    "UpstreamClient": "client",
    "UpstreamRequest": "messages",
    "UpstreamResponse": "messages",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
