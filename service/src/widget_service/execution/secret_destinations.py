"""Secrets that are bound to destinations: such a secret is never sent to another origin."""

from widget_service.egress.urls import UrlError, parse_url
from widget_service.errors import SCOPE_DESTINATION, ConfigurationError
from widget_service.execution.execution import Execution


def check_secret_destinations(execution: Execution) -> None:
    """Refuse a resolved request that holds a secret which is bound to other origins than its own."""
    bound = execution.snapshot.secret_origins
    if not bound:
        return
    used = [name for name in execution.context.secrets_used if name in bound]
    if not used:
        return
    origin = _origin_of(execution.request.base_url)
    for name in used:
        if origin not in bound[name]:
            raise ConfigurationError(
                "DESTINATION_NOT_ALLOWED",
                f"The secret '{name}' may be sent to {' and '.join(sorted(bound[name]))} only.",
                scope=SCOPE_DESTINATION,
            )


def _origin_of(base_url: str) -> str:
    try:
        return parse_url(base_url).origin
    except UrlError:
        return ""  # refused by the guard, with its reason
