"""Starting the HTTP server (granian) over an application that is built in the worker process."""

import asyncio
import math
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from widget_service.http import ASGIApp
from widget_service.settings import Settings

_KILL_AFTER_S = 10
"""Beyond the time that executions have to end: for whatever else keeps a worker from ending."""

_ORPHANED_AFTER_S = 0.2

ASKED_TWICE_S = 0.5

_LOOK_EVERY_S = 0.5

PORT_OPTION = "--port for dev, WIDGET_SERVICE_PORT for serve"
"""How another port is chosen."""


class PortTaken(Exception):
    """The address to listen on is in use; the message says which, and what to do."""


class StopSignal:
    """Tells workers that the server was asked to stop, before it waits for their requests to finish.

    Streams that have no end of their own must end then, or the server would wait for them. It is a pipe whose writing
    end only the server holds: when the server is killed, the system closes it, and its workers do not live on.
    """

    def __init__(self) -> None:
        self._receiver, self._sender = multiprocessing.Pipe(duplex=False)
        self._server_pid = os.getpid()
        self._told: asyncio.Event | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What a worker is given where processes are not forked: the reading end alone."""
        return {**self.__dict__, "_sender": None}

    def set(self) -> None:
        """Say so; from the server's process."""
        self._sender.close()

    async def wait(self) -> None:
        """Return when it was said, or when the server is gone; in a worker. Several may wait."""
        if self._told is None:
            self._told = asyncio.Event()
            self._listen(asyncio.get_running_loop(), self._told)
        await self._told.wait()

    def _listen(self, loop: asyncio.AbstractEventLoop, told: asyncio.Event) -> None:
        if os.getpid() != self._server_pid and self._sender is not None:
            self._sender.close()  # a forked copy: while it is open, nothing would ever be told
        loop.add_reader(self._receiver.fileno(), self._on_told, loop, told)

    def _on_told(self, loop: asyncio.AbstractEventLoop, told: asyncio.Event) -> None:
        loop.remove_reader(self._receiver.fileno())
        told.set()
        loop.call_later(_ORPHANED_AFTER_S, self._end_orphan)  # a killed process closes its files before it is gone

    def _end_orphan(self) -> None:
        if os.getpid() != self._server_pid and os.getppid() != self._server_pid:
            os.kill(os.getpid(), signal.SIGTERM)  # nobody is left who would end this process


class _Interruptible(threading.Event):
    """An event whose waiter runs now and then.

    A signal that the system hands to another thread, or in the very moment in which the waiter lies down, does not wake
    it: its handler would run with the next signal only.
    """

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is not None:
            return super().wait(timeout)
        while not super().wait(_LOOK_EVERY_S):
            pass
        return True


class _Server(Granian):  # type: ignore[misc,valid-type]  # an alias, chosen by the build of Python
    """Granian, with a word to the workers before they are ended."""

    _asked_at = 0.0

    def __init__(self, stop: StopSignal, drain_delay_s: float, **options: Any) -> None:
        super().__init__("widget_service", **options)
        self._stop_signal, self._drain_delay_s = stop, drain_delay_s
        self.main_loop_interrupt = _Interruptible()

    def signal_handler_interrupt(self, *arguments: Any, **keywords: Any) -> None:
        """Tell the workers; after SIGTERM connections are taken for a while yet, Ctrl-C ends at once."""
        if self._asked_at:
            self._end_at_once()
            return
        self._asked_at = time.monotonic()
        self._stop_signal.set()
        if self._drain_delay_s and arguments[:1] == (signal.SIGTERM,):
            timer = threading.Timer(self._drain_delay_s, super().signal_handler_interrupt)
            timer.daemon = True
            timer.start()
        else:
            super().signal_handler_interrupt()

    def _end_at_once(self) -> None:
        """Whoever asks twice does not want to wait; a terminal and a launcher that ask together count as once."""
        if time.monotonic() - self._asked_at > ASKED_TWICE_S:
            super().signal_handler_interrupt()
            for worker in self.wrks:
                worker.kill()


def serve(build: Callable[..., ASGIApp], *arguments: Any, settings: Settings) -> None:
    """Serve ``build(*arguments, stop)`` until SIGTERM or SIGINT; requests in flight are finished first.

    Raises `PortTaken` when somebody else listens there.
    """
    check_port(settings.host, settings.port, PORT_OPTION)
    stop = StopSignal()
    server = _Server(
        stop,
        settings.drain_delay_s,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        workers=settings.workers,
        websockets=False,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        backpressure=max(settings.max_executions * 2, 1024),
        workers_kill_timeout=math.ceil(settings.drain_timeout_s + settings.drain_delay_s) + _KILL_AFTER_S,
    )
    try:
        server.serve(target_loader=partial(build, *arguments, stop), wrap_loader=False)
    finally:
        stop.set()


def check_port(host: str, port: int, by: str) -> None:
    """Raise `PortTaken`, which says how to choose another port (``by``).

    The server itself would end in a traceback of another thread; a look beforehand can say it in words.
    """
    bound(host, port, by).close()


def bound(host: str, port: int, by: str) -> socket.socket:
    """Return a socket that has the address; raise `PortTaken`."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise PortTaken(
            f"{host}:{port} is taken or cannot be listened on ({error.strerror}); "
            f"end what runs there, or choose another port: {by}."
        ) from None
    return bound
