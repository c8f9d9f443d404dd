"""A destination that says exactly the bytes a test wants, right or wrong, in the test's own event loop."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from widget_service.egress import EgressPolicy, UpstreamClient, UpstreamRequest
from widget_service.egress.resolver import Resolver

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
INSECURE = EgressPolicy(allow_insecure=True)


@dataclass
class Connection:
    """One connection of a client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    server: "Scripted"
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def request(self) -> bytes:
        """Return the next request, head and body, or nothing when the client has closed."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(
                (line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b"0"
            )
            body = await self.reader.readexactly(int(length))
        except (asyncio.IncompleteReadError, OSError):
            self.closed.set()
            return b""
        self.server.requests.append(head + body)
        return head + body

    async def send(self, data: bytes) -> None:
        """Send bytes, waiting while the client does not take them."""
        self.writer.write(data)
        await self.writer.drain()

    async def gone(self) -> None:
        """Return when the client has closed the connection."""
        with contextlib.suppress(OSError):
            while await self.reader.read(65536):
                pass
        self.closed.set()

    def reset(self) -> None:
        """Break the connection as a crash would."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Talk = Callable[[Connection], Awaitable[None]]


@dataclass
class Scripted:
    """The destination, and what has reached it."""

    port: int = 0
    scheme: str = "http"
    requests: list[bytes] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


def answering(answer: bytes | Callable[[bytes], bytes], *, then_close: bool = False) -> Talk:
    """Return a talk that answers every request of a connection."""

    async def talk(connection: Connection) -> None:
        while request := await connection.request():
            await connection.send(answer(request) if callable(answer) else answer)
            if then_close:
                return

    return talk


@asynccontextmanager
async def scripted(talk: Talk, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Scripted]:
    """Serve ``talk`` on loopback while the block runs."""
    server = Scripted(scheme="https" if tls else "http")
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        connection = Connection(reader, writer, server)
        server.connections.append(connection)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await talk(connection)
        finally:
            tasks.discard(task)
            connection.closed.set()
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError, asyncio.CancelledError):
                await writer.wait_closed()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.wait_closed()


@asynccontextmanager
async def client_of(
    policy: EgressPolicy = INSECURE, *, names: dict[str, list[str]] | None = None, ca_file: str | None = None
) -> AsyncIterator[UpstreamClient]:
    """Return a client, closed at the end; ``names`` are all the names that there are."""
    resolver = Resolver(({} if names is None else names).__getitem__, fresh_s=0)
    client = UpstreamClient(policy, resolver=resolver, ca_file=ca_file)
    try:
        yield client
    finally:
        await client.aclose()


def request_of(url: str, method: str = "GET", **options) -> UpstreamRequest:
    """Return a request whose times are short, so that a test that goes wrong ends soon."""
    return UpstreamRequest(method, url, **{"headers_timeout_s": 5, "idle_timeout_s": 5, "body_timeout_s": 5, **options})


async def fetch(client: UpstreamClient, url: str, method: str = "GET", *, limit: int = 1 << 20, **options):
    """Return the answer and its whole body."""
    response = await client.send(request_of(url, method, **options))
    return response, await response.read(limit)
