"""Serving the admin origin: uvicorn, in the process that is there for it alone."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import uvicorn

from widget_service.admin.app import serve_admin_app
from widget_service.admin.process import STOP_TIMEOUT_S
from widget_service.http import ASGIApp
from widget_service.serving import StopSignal
from widget_service.settings import Settings

MAX_CONNECTIONS: Final = 200


def serve_installation(settings: Settings, stop: StopSignal, listening: socket.socket, board: Path | None) -> None:
    """Serve the admin origin of an installation until ``stop``; its processes tell in ``board`` what they count."""
    leave_signals_to_the_service()
    app, opened = serve_admin_app(settings, board)
    with opened:
        asyncio.run(serve_app(app, stop, listening))


def leave_signals_to_the_service() -> None:
    """A terminal sends Ctrl-C to the whole group; the service decides what it means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Server(uvicorn.Server):
    """Uvicorn, ended by the service instead of by signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_app(app: ASGIApp, stop: StopSignal, listening: socket.socket) -> None:
    """Serve an application by a socket until ``stop`` or SIGTERM."""
    config = uvicorn.Config(
        app,
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
    await server.serve([listening])
    ending.cancel()


async def _end_at(server: uvicorn.Server, stop: StopSignal) -> None:
    await stop.wait()
    _end(server)


def _end(server: uvicorn.Server) -> None:
    server.should_exit = True
