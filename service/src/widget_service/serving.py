"""Starting the HTTP server (granian) over an application that is built in the worker process."""

import asyncio
import math
import multiprocessing
import socket
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


class PortTaken(Exception):
    """The address to listen on is in use; the message says which, and what to do."""


class StopSignal:
    """Tells workers that the server was asked to stop, before it waits for their requests to finish.

    Streams that have no end of their own must end then, or the server would wait for them.
    """

    def __init__(self) -> None:
        self._event = multiprocessing.Event()

    def set(self) -> None:
        """Say so; from the server's process."""
        self._event.set()

    async def wait(self) -> None:
        """Return when it was said; in a worker."""
        await asyncio.to_thread(self._event.wait)


class _Server(Granian):  # type: ignore[misc,valid-type]  # an alias, chosen by the build of Python
    """Granian, with a word to the workers before they are ended."""

    interrupt_signal: bool

    def __init__(self, stop: StopSignal, **options: Any) -> None:
        super().__init__("widget_service", **options)
        self._stop_signal = stop

    def signal_handler_interrupt(self, *arguments: Any, **keywords: Any) -> None:
        if self.interrupt_signal:  # a second signal inside of the first one's handler would wait for it forever
            return
        self.interrupt_signal = True
        self._stop_signal.set()
        super().signal_handler_interrupt(*arguments, **keywords)


def serve(build: Callable[..., ASGIApp], *arguments: Any, settings: Settings) -> None:
    """Serve ``build(*arguments, stop)`` until SIGTERM or SIGINT; requests in flight are finished first.

    Raises `PortTaken` when somebody else listens there.
    """
    _check_port(settings.host, settings.port)
    stop = StopSignal()
    server = _Server(
        stop,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        workers=settings.workers,
        websockets=False,
        log_level=LogLevels.warning,
        backpressure=max(settings.max_executions * 2, 1024),
        workers_kill_timeout=math.ceil(settings.drain_timeout_s) + _KILL_AFTER_S,
    )
    try:
        server.serve(target_loader=partial(build, *arguments, stop), wrap_loader=False)
    finally:
        stop.set()


def _check_port(host: str, port: int) -> None:
    """The server itself would end in a traceback of another thread; a look beforehand can say it in words."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"{host}:{port} is taken or cannot be listened on ({error.strerror}); "
                "end what runs there, or choose another port with --port."
            ) from None
