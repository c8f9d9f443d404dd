"""Cross-origin answers: for the listed origins, exactly; an origin is never reflected (WHATWG Fetch §3.3)."""

from collections.abc import Iterable

from widget_service.connectors.snapshot import SnapshotHolder
from widget_service.execution.headers import NEVER_FROM_CALLER
from widget_service.identity.origins import OriginPolicy

PREFLIGHT_MAX_AGE_S = 600

_ALLOWED_METHODS = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"
_ALLOWED_HEADERS = ("X-Path-Params", "X-CSRF-Token", "Authorization", "Content-Type", "X-Request-ID")
_EXPOSED_HEADERS = ("X-Connector-Upstream-Status", "X-Request-ID", "Server-Timing", "X-Connector-Timing")
_SAFELISTED = frozenset(
    {
        "cache-control",
        "content-language",
        "content-length",
        "content-security-policy",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
        "vary",
        "x-content-type-options",
    }
)
"""What pages may read anyway (WHATWG Fetch §2.2.2), and what is of no use to them."""


class Cors:
    """Knows the headers of cross-origin answers."""

    def __init__(self, origins: OriginPolicy, snapshots: SnapshotHolder) -> None:
        self._origins = origins
        self._snapshots = snapshots

    def headers(self, origin: str | None, answered: Iterable[tuple[str, str]] = ()) -> list[tuple[str, str]]:
        """Return the headers of an answer to a page of ``origin``; none for one that is not listed.

        ``answered`` are the headers of the answer itself: those passed back from the destination are exposed.
        """
        if origin is None or not self._origins.is_allowed(origin):
            return []
        exposed = {name.lower(): name for name in _EXPOSED_HEADERS}
        exposed |= {name.lower(): name for name, _ in answered if name.lower() not in _SAFELISTED}
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", ", ".join(exposed.values())),
        ]

    def preflight(self, origin: str | None, permalink: str) -> list[tuple[str, str]]:
        """Return the headers of the answer to a preflight: what any call may send, and what the connector declares."""
        headers = [("Vary", "Origin, Access-Control-Request-Headers")]
        allowed = self.headers(origin)
        if not allowed:
            return headers
        names = ", ".join([*_ALLOWED_HEADERS, *self._declared(permalink)])
        return [
            *headers,
            *allowed[:2],
            ("Access-Control-Allow-Methods", _ALLOWED_METHODS),
            ("Access-Control-Allow-Headers", names),
            ("Access-Control-Max-Age", str(PREFLIGHT_MAX_AGE_S)),
        ]

    def _declared(self, permalink: str) -> list[str]:
        connector = self._snapshots.current.connectors.get(permalink)
        if connector is None:
            return []
        return [
            header.key
            for header in connector.headers
            if header.overridable and header.key.lower() not in NEVER_FROM_CALLER
        ]
