"""The runtime, and the files of the host page: served from the package."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from widget_service._version import __version__
from widget_service.widgets.hosting.asset import Asset, asset

STATIC_DIR = Path(__file__).parent / "static"
RUNTIME_DIR = STATIC_DIR / "widget-runtime"
PREVIEW_DIR = STATIC_DIR / "preview"
_THEME_MODULE = "theme.js"


def preview_routes() -> list[Route]:
    """``/preview/static/{name}``."""
    return [Route("/preview/static/{name}", _preview)]


def runtime_routes(theme: Callable[[], Mapping[str, str]]) -> list[Route]:
    """``/widget-runtime/{latest|VERSION}/{name}``; ``theme`` returns the tokens now."""

    async def runtime(request: Request) -> Response:
        if request.path_params["version"] not in ("latest", __version__):
            message = f"The widget runtime is at /widget-runtime/latest/ and /widget-runtime/{__version__}/.\n"
            return PlainTextResponse(message, 404)
        if request.path_params["name"] == _THEME_MODULE:
            code = f"export const theme = {json.dumps(dict(theme()))};\n"
            return asset(_THEME_MODULE, code.encode()).response(request)
        return _answer(request, RUNTIME_DIR)

    return [Route("/widget-runtime/{version}/{name}", runtime)]


async def _preview(request: Request) -> Response:
    return _answer(request, PREVIEW_DIR)


def _answer(request: Request, folder: Path) -> Response:
    file = _files(folder).get(request.path_params["name"])
    return file.response(request) if file else PlainTextResponse("There is no such file.\n", 404)


@cache
def _files(folder: Path) -> dict[str, Asset]:
    return {path.name: asset(path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file()}
