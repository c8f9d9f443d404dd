"""The admin origin in a process of its own beside the service: what admins do costs executions nothing.

It is started before the service and ended with it; where it ends by itself it is started again. When the service is
killed, it ends too.
"""

import asyncio
import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.context import SpawnProcess
from typing import Final

import structlog
import uvicorn

from widget_service.http import ASGIApp
from widget_service.serving import StopSignal, check_port
from widget_service.settings import Settings

log = structlog.get_logger("widget_service.admin")

STOP_TIMEOUT_S: Final = 15
MAX_CONNECTIONS: Final = 200
_RESTART_AFTER_S: Final = 1.0
Run = Callable[[Settings, StopSignal], None]


def run_admin(settings: Settings, stop: StopSignal) -> None:
    """Serve the admin origin until ``stop``; what a process of its own runs."""
    from widget_service.admin.app import serve_admin_app

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the whole group: the service decides
    app, opened = serve_admin_app(settings)
    with opened:
        asyncio.run(_serve(app, settings, stop))


class _Server(uvicorn.Server):
    """Uvicorn, ended by the service instead of by signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(app: ASGIApp, settings: Settings, stop: StopSignal) -> None:
    config = uvicorn.Config(
        app,
        host=settings.admin_host,
        port=settings.admin_port,
        loop="asyncio",
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_graceful_shutdown=STOP_TIMEOUT_S - 5,
    )
    server = _Server(config)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, _end, server)
    ending = asyncio.create_task(_end_at(server, stop))
    await server.serve()
    ending.cancel()


async def _end_at(server: uvicorn.Server, stop: StopSignal) -> None:
    await stop.wait()
    _end(server)


def _end(server: uvicorn.Server) -> None:
    server.should_exit = True


def admin_origin(settings: Settings) -> str:
    """Return the origin of the admin pages, as browsers see it."""
    return settings.admin_url or f"http://{settings.admin_host}:{settings.admin_port}"


@contextlib.contextmanager
def admin_process(settings: Settings, run: Run = run_admin) -> Iterator[None]:
    """Serve the admin origin by another process while the block runs; not where ``ADMIN_PORT`` is 0.

    Raises `PortTaken`.
    """
    if not settings.admin_port:
        yield
        return
    check_port(settings.admin_host, settings.admin_port, "WIDGET_SERVICE_ADMIN_PORT")
    supervisor = _Supervisor(settings, run)
    supervisor.start()
    try:
        yield
    finally:
        supervisor.stop()


class _Supervisor:
    """Keeps one process running. It is spawned, not forked: the service's own server has threads by then."""

    def __init__(self, settings: Settings, run: Run) -> None:
        self._settings, self._run = settings, run
        self._stop = StopSignal()
        self._stopping = threading.Event()
        self._process = self._started()
        self._thread = threading.Thread(target=self._watch, name="admin-process", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._stop.set()
        self._process.join(STOP_TIMEOUT_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._thread.join()

    def _started(self) -> SpawnProcess:
        process = multiprocessing.get_context("spawn").Process(target=self._run, args=(self._settings, self._stop))
        process.start()
        return process

    def _watch(self) -> None:
        while not self._stopping.is_set():
            self._process.join()
            if self._stopping.wait(_RESTART_AFTER_S):
                return
            log.error("admin.ended", exit_code=self._process.exitcode)
            self._process = self._started()
