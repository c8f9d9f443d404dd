"""The routes that every running service has for anybody: alive, the contract, the browser SDK."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from widget_service.openapi import openapi_document
from widget_service.sdk_files import sdk_routes
from widget_service.settings import Settings


def public_routes(settings: Settings) -> list[Route]:
    """``/healthz``, ``/openapi.json`` and ``/widget-sdk/…``."""
    document = openapi_document(path_prefix=settings.path_prefix)

    async def contract(_: Request) -> Response:
        return JSONResponse(document)

    return [Route("/healthz", _alive), Route("/openapi.json", contract), *sdk_routes()]


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
