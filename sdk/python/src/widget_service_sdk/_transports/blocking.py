"""Blocking requests over httpx2, every one of which ends at its deadline."""

import threading
import time
from collections.abc import Iterator, Mapping

import httpx2

from .._protocol import Request
from .backends import replace_backend
from .deadline import DeadlineBackend
from .httpx_errors import mapped_errors
from .httpx_parts import environment_proxy, httpx_request


class HttpAnswer:
    """An answer over httpx2."""

    def __init__(self, request: Request, response: httpx2.Response) -> None:
        self._request = request
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives, decompressed."""
        with mapped_errors(self._request):
            yield from self._response.iter_bytes()

    def close(self) -> None:
        """Gives up what has not been read."""
        self._response.close()


class HttpTransport:
    """Connections, kept and reused by any number of threads; one pool for each base URL."""

    def __init__(self) -> None:
        self._closed = False
        self._pools: dict[str, _Pool] = {}
        self._lock = threading.Lock()

    def send(self, request: Request) -> HttpAnswer:
        """The answer, once its headers are there."""
        with mapped_errors(request):
            pool = self._pool(request.subject.base_url)
            instant = time.monotonic() + request.timeout_s
            # Sockets take the instant (see DeadlineBackend); waiting for a free connection takes a duration.
            timeout = {"connect": instant, "read": instant, "write": instant, "pool": request.timeout_s}
            return HttpAnswer(request, pool.handle_request(httpx_request(request, {"timeout": timeout})))

    def close(self) -> None:
        """Closes the connections, for good."""
        with self._lock:
            self._closed = True
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def _pool(self, base_url: str) -> "_Pool":
        pool = self._pools.get(base_url)
        if pool is None:
            with self._lock:
                if self._closed:
                    raise RuntimeError("the client is closed")
                pool = self._pools.setdefault(base_url, _Pool(environment_proxy(base_url)))
        return pool


class _Pool(httpx2.HTTPTransport):
    """httpx2's transport over sockets that keep to a deadline instead of a timeout per operation."""

    def __init__(self, proxy: str | None) -> None:
        super().__init__(proxy=proxy)
        replace_backend(self._pool, DeadlineBackend())
