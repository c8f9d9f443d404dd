"""The browser SDK, served from the package: ``/widget-sdk/latest/…`` and ``/widget-sdk/{version}/…``."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from widget_service._version import __version__

SDK_DIR = Path(__file__).parent / "widgets" / "static" / "widget-sdk"
MEDIA_TYPES = {
    "index.js": "text/javascript",
    "index.umd.js": "text/javascript",
    "index.d.ts": "text/plain",
}


def sdk_routes() -> list[Route]:
    """The routes of the browser SDK; any page may load it."""
    return [Route("/widget-sdk/{version}/{name}", _serve, methods=["GET"])]


async def _serve(request: Request) -> Response:
    version, name = request.path_params["version"], request.path_params["name"]
    if name not in MEDIA_TYPES or version not in ("latest", __version__):
        return PlainTextResponse(f"The browser SDK is at /widget-sdk/latest/ and /widget-sdk/{__version__}/.\n", 404)
    lasting = "public, max-age=31536000, immutable" if version == __version__ else "no-cache"
    headers = {
        "Cache-Control": lasting,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return FileResponse(SDK_DIR / name, media_type=MEDIA_TYPES[name], headers=headers)
