"""What the asynchronous and the blocking transport have in common."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from .._protocol import Request
from .._version import __version__

_DEFAULTS = [
    (b"User-Agent", f"widget-service-sdk-python/{__version__}".encode()),
    (b"Accept-Encoding", b"gzip, deflate"),
]


def httpx_request(request: Request, extensions: dict[str, Any]) -> httpx2.Request:
    """The request in httpx2's terms; header values as UTF-8."""
    headers = [(name.encode("ascii"), value.encode()) for name, value in request.headers]
    given = {name.lower() for name, _ in headers}
    headers += [default for default in _DEFAULTS if default[0].lower() not in given]
    return httpx2.Request(request.method, request.url, headers=headers, content=request.body, extensions=extensions)


def environment_proxy(base_url: str) -> str | None:
    """The proxy that ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` name; none for loopback."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if _is_loopback(host) or proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
