"""Sockets of our own under httpx2's connection pools."""

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2


def replace_backend(pool: object, backend: object) -> None:
    """Puts a network backend under a pool.

    httpcore2's pools take one as an argument, but httpx2's transports do not hand it on. Raises RuntimeError rather
    than leave the old one in use, should a later version keep it elsewhere.
    """
    if not hasattr(pool, "_network_backend"):
        raise RuntimeError("this version of httpx2 is not supported: its pool has no network backend to replace")
    pool._network_backend = backend


class CancellableStream(httpcore2.AsyncNetworkStream):
    """A connection that is closed when its TLS handshake is cancelled; httpcore2 closes it for other errors only."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes; none at the end of the stream."""
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Writes all bytes."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Closes the socket."""
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        """The same connection under TLS."""
        try:
            return CancellableStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            await self.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        """What the pool asks about the socket."""
        return self._stream.get_extra_info(info)


class CancellableBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections on asyncio's event loop."""

    def __init__(self) -> None:
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to the host."""
        return CancellableStream(await self._backend.connect_tcp(host, port, timeout, local_address, socket_options))
