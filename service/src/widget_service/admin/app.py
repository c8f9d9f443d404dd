"""The application of the admin origin: wiring only."""

import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from widget_service.admin.api.contract import contract
from widget_service.admin.api.dispatch import PREFIX, api_routes
from widget_service.admin.api.resources import TABLE
from widget_service.admin.context import AdminContext
from widget_service.admin.errors import AdminError
from widget_service.admin.gate import Gate
from widget_service.admin.git_syncing import GitSyncing
from widget_service.admin.oidc.provider import Provider
from widget_service.admin.pages import ALL_PAGES
from widget_service.admin.pages.page import page_routes
from widget_service.admin.pages.static import static_files
from widget_service.admin.webhooks import webhook_routes
from widget_service.app import Hook
from widget_service.control.plane import ControlPlane, serving_plane
from widget_service.http import Receive, Scope, Send
from widget_service.logs import configure_logging
from widget_service.settings import Settings
from widget_service.telemetry.endpoint import metrics_route
from widget_service.telemetry.publishing import scrape_board


def create_admin_app(
    plane: ControlPlane, settings: Settings, *, host_map: Mapping[str, str] | None = None, metrics: Route | None = None
) -> Gate:
    """Return the ASGI application over an open control plane; ``host_map`` is as in development mode."""
    provider = Provider(settings) if settings.oidc_issuer is not None else None
    git = GitSyncing(plane, host_map)
    context = AdminContext(plane, settings, git, provider, host_map or {})
    closing = [git.aclose, *([provider.aclose] if provider is not None else [])]
    routes = [*_routes(context), *webhook_routes(context)]
    lifespan = _Lifespan([git.start], closing)
    return Gate(Router(routes, default=_not_found, redirect_slashes=False), context, lifespan, metrics)


def serve_admin_app(settings: Settings, board: Path | None = None) -> tuple[Gate, ExitStack]:
    """Return the application with a control plane of its own, and what closes that; raise `MasterKeyError`.

    While the database cannot be reached, what needs it is answered by ``UNAVAILABLE``. In ``board``, the processes that
    serve tell what they have counted.
    """
    configure_logging(human=sys.stderr.isatty())
    opened = ExitStack()
    plane = opened.enter_context(serving_plane(settings))
    token = settings.metrics_token
    metrics = metrics_route(token.get_secret_value(), partial(scrape_board, board)) if board and token else None
    return create_admin_app(plane, settings, metrics=metrics), opened


def _routes(context: AdminContext) -> list[BaseRoute]:
    document = contract(TABLE)

    async def openapi(_: Request) -> Response:
        return JSONResponse(document)

    return [
        Route("/", _to_pages),
        Route("/admin", _to_pages),
        Route("/healthz", _alive),
        Route(f"{PREFIX}/openapi.json", openapi),
        *api_routes(context, TABLE),
        Mount("/admin/static", static_files()),
        *page_routes(context, ALL_PAGES),
    ]


async def _to_pages(_: Request) -> Response:
    return RedirectResponse("/admin/", 307)


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _not_found(scope: Scope, _receive: Receive, _send: Send) -> None:
    raise AdminError("NOT_FOUND", "There is nothing at this path; the API's contract is at /api/v1/openapi.json.")


class _Lifespan:
    """Takes part in the server's lifespan; ``starting`` runs at its beginning, ``closing`` at its end."""

    def __init__(self, starting: Sequence[Hook], closing: Sequence[Hook]) -> None:
        self._starting, self._closing = starting, closing

    async def __call__(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            for hook in self._closing if message["type"] == "lifespan.shutdown" else self._starting:
                await hook()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
