"""Cross-origin answers: for the listed origins, exactly; an origin is never reflected (WHATWG Fetch §3.3)."""

from collections.abc import Iterable, Mapping

from widget_service.execution.composite.resolving import PREFIX
from widget_service.execution.headers import NEVER_FROM_CALLER
from widget_service.header_values import is_header_name
from widget_service.identity.callers import Callers
from widget_service.identity.directory import ServedTenant

PREFLIGHT_MAX_AGE_S = 600
MAX_ASKED = 64

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
    """Knows the headers of cross-origin answers, for the pages that a tenant lists."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    def headers(self, headers: Mapping[str, str], answered: Iterable[tuple[str, str]] = ()) -> list[tuple[str, str]]:
        """Return the headers of the answer to a call with ``headers``; none for a page that is not listed.

        ``answered`` are the headers of the answer itself: those passed back from the destination are exposed.
        """
        origin = headers.get("origin")
        tenant = None if origin is None else self._callers.tenant_if_known(headers)
        if origin is None or tenant is None or not tenant.origins.is_allowed(origin):
            return []
        exposed = {name.lower(): name for name in _EXPOSED_HEADERS}
        exposed |= {name.lower(): name for name, _ in answered if name.lower() not in _SAFELISTED}
        return [
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", ", ".join(exposed.values())),
        ]

    def preflight(self, headers: Mapping[str, str], permalink: str) -> list[tuple[str, str]]:
        """Return the headers of the answer to a preflight: what any call may send, and what the connector declares.

        A preflight carries no credential: at a host that tenants share, it is enough that one of them lists the origin,
        and as nobody knows whose connector is meant, what the page asks for counts as declared.
        """
        vary = ("Vary", "Origin, Access-Control-Request-Headers")
        origin, host, directory = headers.get("origin", ""), headers.get("host", ""), self._callers.directories.current
        tenant = directory.tenant_of_preflight(host, origin)
        if tenant is None:
            return [vary]
        is_shared = directory.tenant_of_host(host) is None
        declared = _asked(headers) if is_shared else _declared(tenant, permalink)
        names = ", ".join([*_ALLOWED_HEADERS, *declared])
        return [
            vary,
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Allow-Methods", _ALLOWED_METHODS),
            ("Access-Control-Allow-Headers", names),
            ("Access-Control-Max-Age", str(PREFLIGHT_MAX_AGE_S)),
        ]


def _asked(headers: Mapping[str, str]) -> list[str]:
    """Return the headers that a preflight asks for; the call itself passes on what the connector declares."""
    asked = [name.strip() for name in headers.get("access-control-request-headers", "").split(",")]
    known = {name.lower() for name in _ALLOWED_HEADERS} | NEVER_FROM_CALLER
    return [name for name in asked[:MAX_ASKED] if is_header_name(name) and name.lower() not in known]


def _declared(tenant: ServedTenant, permalink: str) -> list[str]:
    connector = tenant.snapshot.connectors.get(permalink)
    composite = tenant.snapshot.composites.get(permalink.removeprefix(PREFIX)) if PREFIX in permalink else None
    declared = [*(connector.headers if connector else ()), *(composite.headers if composite else ())]
    return [header.key for header in declared if header.overridable and header.key.lower() not in NEVER_FROM_CALLER]
