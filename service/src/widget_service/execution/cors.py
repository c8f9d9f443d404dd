"""Cross-origin answers: for the listed origins, exactly; an origin is never reflected (WHATWG Fetch §3.3)."""

from widget_service.connectors.snapshot import SnapshotHolder
from widget_service.execution.headers import NEVER_FROM_CALLER
from widget_service.identity.origins import OriginPolicy

PREFLIGHT_MAX_AGE_S = 600

_ALLOWED_METHODS = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"
_ALLOWED_HEADERS = ("X-Path-Params", "X-CSRF-Token", "Authorization", "Content-Type", "X-Request-ID")
_EXPOSED_HEADERS = ", ".join(
    (
        "X-Connector-Upstream-Status",
        "X-Request-ID",
        "Server-Timing",
        "X-Connector-Timing",
        "Content-Language",
        "Content-Disposition",
        "ETag",
        "Last-Modified",
        "Link",
        "Retry-After",
        "X-Total-Count",
        "X-RateLimit-Limit",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "RateLimit",
        "RateLimit-Policy",
        "RateLimit-Limit",
        "RateLimit-Remaining",
        "RateLimit-Reset",
    )
)


class Cors:
    """Knows the headers of cross-origin answers."""

    def __init__(self, origins: OriginPolicy, snapshots: SnapshotHolder) -> None:
        self._origins = origins
        self._snapshots = snapshots

    def headers(self, origin: str | None, permalink: str) -> list[tuple[str, str]]:
        """Return the headers of an answer to a page of ``origin``; none for one that is not listed."""
        if origin is None or not self._origins.is_allowed(origin):
            return []
        connector = self._snapshots.current.connectors.get(permalink)
        more = sorted(connector.response_headers) if connector is not None else ()
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", ", ".join([_EXPOSED_HEADERS, *more])),
        ]

    def preflight(self, origin: str | None, permalink: str) -> list[tuple[str, str]]:
        """Return the headers of the answer to a preflight: what any call may send, and what the connector declares."""
        headers = [("Vary", "Origin, Access-Control-Request-Headers")]
        allowed = self.headers(origin, permalink)
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
