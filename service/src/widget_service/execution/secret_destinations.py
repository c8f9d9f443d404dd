"""Secrets that are bound to destinations: such a secret is never sent to another origin."""

from collections.abc import Iterable, Mapping

from widget_service.egress.urls import UrlError, parse_url
from widget_service.errors import SCOPE_DESTINATION, ConfigurationError


def check_secret_destinations(bound: Mapping[str, frozenset[str]], names: Iterable[str], url: str) -> None:
    """Refuse to send the secrets ``names`` to ``url`` where one is ``bound`` to other origins than its own."""
    used = [name for name in names if name in bound] if bound else []
    if not used:
        return
    origin = _origin_of(url)
    for name in used:
        if origin not in bound[name]:
            raise ConfigurationError(
                "DESTINATION_NOT_ALLOWED",
                f"The secret '{name}' may be sent to {' and '.join(sorted(bound[name]))} only.",
                scope=SCOPE_DESTINATION,
            )


def _origin_of(url: str) -> str:
    try:
        return parse_url(url).origin
    except UrlError:
        return ""  # refused by the guard, with its reason
