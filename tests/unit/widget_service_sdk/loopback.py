"""A server on loopback that does to each connection what a test says: answers of every kind, also broken ones."""

import functools
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Self

JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Connection:
    """One connection, seen from the server; ``closing`` is set when the server stops."""

    def __init__(self, server: "LoopbackServer", sock: socket.socket) -> None:
        self._server = server
        self._sock = sock
        self.closing = server.closing
        self.gone = threading.Event()
        """The client has closed the connection."""

    def request(self) -> bytes:
        """The next request, head and body; empty when the client has closed."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self._receive()
            if not piece:
                return b""
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        while len(body) < _content_length(head):
            body += self._receive()
        self._server.requests.append(head + b"\r\n\r\n" + body)
        return self._server.requests[-1]

    def send(self, data: bytes) -> None:
        """Sends bytes; a client that is gone is none of a script's business."""
        with suppress(OSError):
            self._sock.sendall(data)

    def answer(self, body: bytes, head: bytes = JSON_HEAD) -> None:
        """Sends an answer with its Content-Length."""
        self.send(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def drip(self, data: bytes, pause_s: float = 0.02) -> None:
        """Sends bytes one at a time, for as long as the client and the server are there."""
        for position in range(len(data)):
            if self.closing.wait(pause_s):
                return
            try:
                self._sock.sendall(data[position : position + 1])
            except OSError:
                self.gone.set()
                return

    def reset(self) -> None:
        """Closes the connection with a reset instead of an end."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def wait_until_gone(self) -> None:
        """Waits until the client closes the connection."""
        while self._receive():
            pass
        self.gone.set()

    def _receive(self) -> bytes:
        with suppress(OSError):
            return self._sock.recv(65_536)
        return b""


Script = Callable[[Connection], None]


class LoopbackServer:
    """Runs a script in a thread for every connection; ``requests`` holds what came in, ``connections`` who called."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections: list[Connection] = []
        self.closing = threading.Event()
        self._script = script
        self._tls = tls
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.closing.set()
        # Closing a socket does not wake the thread that waits on it; shutting it down does.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(sock)
            self._start(functools.partial(self._serve, sock))

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is None:
                self._run_script(sock)
                return
            with suppress(OSError), self._tls.wrap_socket(sock, server_side=True) as wrapped:
                self._run_script(wrapped)

    def _run_script(self, sock: socket.socket) -> None:
        connection = Connection(self, sock)
        self.connections.append(connection)
        self._script(connection)

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target)
        self._threads.append(thread)
        thread.start()


def always(answer: Callable[[Connection], None]) -> Script:
    """A script that answers every request of a connection in the same way."""

    def script(connection: Connection) -> None:
        while connection.request():
            answer(connection)

    return script


def json_answer(body: bytes) -> Script:
    """A script that answers every request with this JSON."""
    return always(lambda connection: connection.answer(body))


@contextmanager
def closed_port() -> Iterator[str]:
    """The URL of a port that nothing listens on, and that nobody else gets meanwhile."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
