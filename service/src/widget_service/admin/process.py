"""The admin origin in a process of its own beside the service: what admins do costs executions nothing.

It is started before the service and ended with it; where it ends by itself it is started again. When the service is
killed, it ends too.
"""

import contextlib
import multiprocessing
import socket
import threading
from collections.abc import Callable, Iterator
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Final

import structlog

from widget_service.serving import PortTaken, StopSignal, bound
from widget_service.settings import Settings

log = structlog.get_logger("widget_service.admin")

STOP_TIMEOUT_S: Final = 15
BACKLOG: Final = 100
_RESTART_AFTER_S: Final = 1.0
Run = Callable[[Settings, StopSignal, socket.socket], None]


def run_admin(board: Path | None, settings: Settings, stop: StopSignal, listening: socket.socket) -> None:
    """Serve the admin origin until ``stop``; what a process of its own runs.

    In ``board``, the processes that serve tell what they have counted.
    """
    from widget_service.admin.server import serve_installation

    serve_installation(settings, stop, listening, board)


def admin_origin(settings: Settings) -> str:
    """Return the origin of the admin pages, as browsers see it."""
    return settings.admin_url or f"http://{settings.admin_host}:{settings.admin_port}"


@contextlib.contextmanager
def admin_process(settings: Settings, run: Run, *, or_another: bool = False) -> Iterator[Settings]:
    """Serve the admin origin by another process while the block runs; not where ``ADMIN_PORT`` is 0.

    The block gets the settings with the port that is served: with ``or_another``, any where the wanted one is taken.
    Raises `PortTaken`.
    """
    if not settings.admin_port:
        yield settings
        return
    with _listening(settings, or_another) as listening:
        settings = settings.model_copy(update={"admin_port": listening.getsockname()[1]})
        supervisor = _Supervisor(settings, run, listening)
        supervisor.start()
        try:
            yield settings
        finally:
            supervisor.stop()


def _listening(settings: Settings, or_another: bool) -> socket.socket:
    """Listen here already: who comes while the process is started, or started again, waits instead of being refused."""
    host, port = settings.admin_host, settings.admin_port
    by = "--admin-port for dev, WIDGET_SERVICE_ADMIN_PORT for serve"
    try:
        listening = bound(host, port, by)
    except PortTaken:
        if not or_another:
            raise
        listening = bound(host, 0, by)
    listening.listen(BACKLOG)
    return listening


class _Supervisor:
    """Keeps one process running. It is spawned, not forked: the service's own server has threads by then."""

    def __init__(self, settings: Settings, run: Run, listening: socket.socket) -> None:
        self._settings, self._run, self._listening = settings, run, listening
        self._stop = StopSignal()
        self._stopping = threading.Event()
        self._process = self._started()
        self._thread = threading.Thread(target=self._watch, name="admin-process", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._stop.set()
        self._process.terminate()  # one that has only just begun need not begin first
        self._process.join(STOP_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._thread.join()

    def _started(self) -> SpawnProcess:
        arguments = (self._settings, self._stop, self._listening)
        process = multiprocessing.get_context("spawn").Process(target=self._run, args=arguments)
        process.start()
        return process

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self._process.join()
            if self._stopping.wait(_RESTART_AFTER_S):
                return
            log.error("admin.ended", exit_code=self._process.exitcode)
            self._process = self._started()
