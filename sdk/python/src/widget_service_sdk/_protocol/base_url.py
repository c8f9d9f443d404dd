"""Where the service is: an origin, a longer URL, or the page's own origin."""

import re
from urllib.parse import SplitResult, urlsplit

from .._errors import ConnectorBoundaryError

PATH_PREFIX = "/widget-service"
"""What is appended to an origin: the default path of the wire protocol."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_EXAMPLE = "it must be like https://widgets.example"
_UNFIT = re.compile(r"[\x00-\x20\x7f\\]")


def resolve_base_url(given: object, *, page_origin: str | None, environment_url: str | None) -> str:
    """The URL that the paths of the wire protocol are appended to, without a slash at its end.

    ``given`` comes first, then the page's origin, then the environment's URL. Raises ConnectorBoundaryError if
    there is none, or if it is no plain http or https URL; it never quotes credentials or a query.
    """
    if page_origin == "null":  # an opaque origin: a sandboxed frame, a file
        page_origin = None
    value = given if given is not None else page_origin or environment_url
    if not value:
        raise ConnectorBoundaryError(
            "where is the service? Give its origin as base_url, or set the environment variable WIDGET_SERVICE_URL"
        )
    if not isinstance(value, str):
        raise ConnectorBoundaryError(f"the base URL must be a string, not {type(value).__name__}; {_EXAMPLE}")
    if page_origin and value.startswith("/") and not value.startswith("//"):
        value = page_origin + value
    return _checked(value.strip())


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, for messages and for comparing; empty if it is no URL with a host."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{_authority(parts)}" if parts.hostname else ""
    except ValueError:
        return ""


def _checked(value: str) -> str:
    shown = value.rpartition("@")[2].partition("?")[0].partition("#")[0]
    origin = origin_of(value)
    if not origin or _UNFIT.search(value):
        raise ConnectorBoundaryError(f"the base URL {shown!r} is no URL with a host; {_EXAMPLE}")
    parts = urlsplit(value)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ConnectorBoundaryError(f"the base URL {shown!r} is neither http nor https; {_EXAMPLE}")
    if "@" in parts.netloc:
        raise ConnectorBoundaryError("the base URL holds credentials: give a user token as `token` instead")
    if "?" in value or "#" in value:
        raise ConnectorBoundaryError(f"the base URL for {origin} must end before any query or fragment")
    return origin + (parts.path.rstrip("/") or PATH_PREFIX)


def _authority(parts: SplitResult) -> str:
    """Host and port as a browser writes them: in lower case, without the port that the scheme implies."""
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    return host if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"
