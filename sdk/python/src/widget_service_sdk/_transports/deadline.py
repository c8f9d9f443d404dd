"""Sockets that keep to a deadline: the end of the whole call, not of one operation on a socket.

httpcore2 gives every operation the same timeout, so an answer that arrives a byte at a time never ends. Here the
"timeout" that goes through it is an instant of ``time.monotonic()``, and each operation waits for what remains.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

import httpcore2

_WRITE_SIZE = 65_536


class DeadlineStream(httpcore2.NetworkStream):
    """A connection; ``timeout`` is an instant wherever it appears."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes; none at the end of the stream."""
        return self._stream.read(max_bytes, _remaining(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Writes all bytes, piece by piece, so that a slow reader cannot stretch the time."""
        for start in range(0, len(buffer), _WRITE_SIZE):
            piece = buffer[start : start + _WRITE_SIZE]
            self._stream.write(piece, _remaining(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        """Closes the socket."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same connection under TLS."""
        remaining = _remaining(timeout, httpcore2.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, remaining))

    def get_extra_info(self, info: str) -> Any:
        """What the pool asks about the socket."""
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore2.NetworkBackend):
    """Opens connections; ``timeout`` is an instant here too, and the look-up of the name counts."""

    def __init__(self) -> None:
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address of the host that takes one."""
        options = list(socket_options or ())
        failure: httpcore2.ConnectError | None = None
        for address in _addresses(host, port, timeout):
            remaining = _remaining(timeout, httpcore2.ConnectTimeout)
            try:
                return DeadlineStream(self._backend.connect_tcp(address, port, remaining, local_address, options))
            except httpcore2.ConnectError as error:
                failure = error
        raise failure or httpcore2.ConnectError(f"{host} has no address")


def _remaining(instant: float | None, error: type[httpcore2.TimeoutException]) -> float | None:
    if instant is None:
        return None
    remaining = instant - time.monotonic()
    if remaining <= 0:
        raise error("the deadline has passed")
    return remaining


def _addresses(host: str, port: int, instant: float | None) -> list[str]:
    """The addresses of a host. The look-up cannot be interrupted: it runs in a thread that is left behind when late."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        pass
    found: list[str] = []
    failure: list[OSError | UnicodeError] = []

    def look_up() -> None:
        try:
            found.extend(str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failure.append(error)

    thread = threading.Thread(target=look_up, name=f"look-up of {host}", daemon=True)
    thread.start()
    thread.join(_remaining(instant, httpcore2.ConnectTimeout))
    if thread.is_alive():
        raise httpcore2.ConnectTimeout(f"the look-up of {host} took too long")
    if failure:
        raise httpcore2.ConnectError(str(failure[0])) from failure[0]
    return found
