"""Asynchronous requests over httpx2."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import httpx2

from .._protocol import Request
from .backends import CancellableBackend, replace_backend
from .httpx_errors import mapped_errors
from .httpx_parts import environment_proxy, httpx_request


class NativeAnswer:
    """An answer over httpx2."""

    def __init__(self, request: Request, response: httpx2.Response) -> None:
        self._request = request
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives, decompressed."""
        with mapped_errors(self._request):
            async for chunk in self._response.aiter_bytes():
                yield chunk

    async def aclose(self) -> None:
        """Gives up what has not been read."""
        await self._response.aclose()


class NativeTransport:
    """Connections of one event loop, kept and reused; one pool for each base URL.

    httpx2's transports are used rather than its client: no cookies are kept, no redirect is followed and no URL, with
    the values in its query, is logged.
    """

    def __init__(self) -> None:
        self._closed = False
        self._pools: dict[str, _Pool] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: Request) -> NativeAnswer:
        """The answer, once its headers are there."""
        with mapped_errors(request):
            pool = self._pool(request.subject.base_url)
            return NativeAnswer(request, await pool.handle_async_request(httpx_request(request, {})))

    async def aclose(self) -> None:
        """Closes the connections, for good."""
        self._closed = True
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.aclose()

    def _pool(self, base_url: str) -> "_Pool":
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # Connections belong to the loop that opened them; after `asyncio.run` that one is gone, with its sockets.
            self._loop, self._pools = loop, {}
        if self._closed:
            raise RuntimeError("the client is closed")
        if base_url not in self._pools:
            self._pools[base_url] = _Pool(environment_proxy(base_url))
        return self._pools[base_url]


class _Pool(httpx2.AsyncHTTPTransport):
    """httpx2's transport over sockets that a cancelled handshake does not leave open."""

    def __init__(self, proxy: str | None) -> None:
        super().__init__(proxy=proxy)
        replace_backend(self._pool, CancellableBackend())
