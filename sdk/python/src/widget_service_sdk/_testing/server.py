"""A fake service on a loopback port."""

import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .answers import FakeAnswer
from .transport import Answerer


class FakeServer:
    """Answers in threads of its own until it is closed."""

    def __init__(self, answerer: Answerer) -> None:
        self._server = _Server(answerer)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="fake service")
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Closes the port and every connection, answered or not, and waits until all threads are gone."""
        self._server.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.drop_connections()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that `server_close` waits for them

    def __init__(self, answerer: Answerer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answerer = answerer
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def drop_connections(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # gone already

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Shows what the test's own functions raise; a client that went away is no error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are written apart
    server: _Server

    def handle_any(self) -> None:
        started = time.monotonic()
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name: _utf8(value) for name, value in self.headers.items()}
        answer = self.server.answerer(self.command, self.path, headers, body)
        self._wait_until(started + answer.delay_s)
        if answer.disconnects or self.server.closing.is_set():
            self.close_connection = True
            return
        self._send(answer, started)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any

    def _send(self, answer: FakeAnswer, started: float) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        for due_s, piece in answer.pieces:
            self._wait_until(started + due_s)
            self.wfile.write(piece)

    def _wait_until(self, instant: float) -> None:
        self.server.closing.wait(max(0.0, instant - time.monotonic()))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""


def _utf8(value: str) -> str:
    """A header value as the SDK wrote it: ``http.server`` takes its bytes for Latin-1."""
    return value.encode("latin-1").decode("utf-8", "replace")
