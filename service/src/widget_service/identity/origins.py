"""Which pages may call: the service's own origin and the listed ones, by ``Origin`` and Fetch Metadata.

Sources: RFC 6454 (``Origin``), W3C Fetch Metadata Request Headers (``Sec-Fetch-Site``).
"""

from collections.abc import Iterable

from widget_service.errors import CallerError


class OriginPolicy:
    """Judges where a call comes from.

    ``public_url`` is the service's own origin as browsers see it; without it, the own origin is the one that the
    request was sent to. ``hosts`` are the host names (without port) that belong to the service; empty: any.
    ``own_hosts`` are names of a tenant: at those, the own origin has the scheme of ``public_url`` and that name.
    """

    def __init__(
        self,
        *,
        public_url: str | None = None,
        allowed_origins: Iterable[str] = (),
        hosts: Iterable[str] = (),
        own_hosts: Iterable[str] = (),
    ) -> None:
        self._public_url = public_url
        self._allowed = frozenset(allowed_origins)
        self._hosts = frozenset(map(normal_host, hosts))
        self._own_hosts = frozenset(map(normal_host, own_hosts))

    def check_host(self, host: str) -> None:
        """Refuse a host name that belongs to nobody, which is how DNS rebinding shows itself."""
        if self._hosts and host_name(host) not in self._hosts:
            raise CallerError("UNKNOWN_HOST", "No service answers to this host name; check the address or PUBLIC_URL.")

    def is_own(self, origin: str, *, scheme: str, host: str) -> bool:
        """Whether a page of ``origin`` is one of the service's own."""
        if self._public_url is None:
            return origin == f"{scheme}://{host}"
        if self._own_hosts and host_name(host) in self._own_hosts:
            return origin == f"{self._public_url.partition('://')[0]}://{host}"
        return origin == self._public_url

    def is_allowed(self, origin: str) -> bool:
        """Whether ``origin`` is listed: only such origins are answered with CORS headers."""
        return origin in self._allowed

    def check_with_cookie(self, *, origin: str | None, fetch_site: str | None, scheme: str, host: str) -> None:
        """A call that a browser adds the session's cookie to must come from a page that may make it."""
        if origin is not None:
            if not (self.is_own(origin, scheme=scheme, host=host) or origin in self._allowed):
                raise _refused()
        elif fetch_site is not None and fetch_site != "same-origin":
            raise _refused()

    def check_without_cookie(self, *, origin: str | None, fetch_site: str | None, scheme: str, host: str) -> None:
        """Programs, which send none of these headers, pass; pages of origins that are not listed do not."""
        if origin is not None:
            if not (self.is_own(origin, scheme=scheme, host=host) or origin in self._allowed):
                raise _refused()
        elif fetch_site == "cross-site":
            raise _refused()


def host_name(host: str) -> str:
    """Return a host name without the port behind it, in lowercase; the dot of the root at its end says nothing."""
    name, separator, port = host.rpartition(":")
    return normal_host(name if separator and port.isdigit() else host)


def normal_host(name: str) -> str:
    """Return a host name as names are compared."""
    return name.lower().removesuffix(".")


def _refused() -> CallerError:
    return CallerError(
        "ORIGIN_NOT_ALLOWED",
        "Pages of this origin may not call the service; an operator can list it: widget-service tenants set NAME "
        "--origin ORIGIN, or ALLOWED_ORIGINS.",
    )
