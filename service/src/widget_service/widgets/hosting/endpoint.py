"""``/widgets/…`` and ``/page-files/…``: hosted files, and what the runtime asks of a widget."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from widget_service.widgets.hosting.asset import asset
from widget_service.widgets.hosting.content import ContentHost
from widget_service.widgets.hosting.headers import ASSET_HEADERS
from widget_service.widgets.hosting.manifest import MANIFEST_NAME, manifest
from widget_service.widgets.hosting.page_files import PAGE_FILES_URL
from widget_service.widgets.hosting.widget_files import WIDGETS_URL
from widget_service.widgets.repository import ExtensionRepository, SiteWidget

_MANIFEST = f"/{MANIFEST_NAME}"


class HostingEndpoint:
    """Serves files from memory: a path is a key, and nothing in it can lead to another file."""

    def __init__(self, extensions: ExtensionRepository, content: ContentHost) -> None:
        self._extensions, self._content = extensions, content

    def routes(self) -> list[Route]:
        """The routes of hosted files; any page may load them."""
        return [
            Route(f"{WIDGETS_URL}{{path:path}}", self._widget_file),
            Route(f"{PAGE_FILES_URL}{{path:path}}", self._file),
        ]

    async def _widget_file(self, request: Request) -> Response:
        path: str = request.path_params["path"]
        if request.scope["path"] not in self._extensions.state.assets and path.endswith(_MANIFEST):
            return self._manifest(request, path.removesuffix(_MANIFEST))
        return await self._file(request)

    async def _file(self, request: Request) -> Response:
        path: str = request.scope["path"]
        found = self._extensions.asset(path) or self._content.asset(path)
        if found is None:
            return PlainTextResponse("There is no such file in this revision.\n", 404, headers=dict(ASSET_HEADERS))
        return found.response(request, is_lasting=True)

    def _manifest(self, request: Request, type_: str) -> Response:
        state = self._extensions.state
        widget = state.widgets.get(type_)
        if widget is None:
            return _not_served("WIDGET_NOT_FOUND", f"There is no widget of type '{type_}'.")
        if not widget.is_runnable:
            return _not_served("WIDGET_NOT_HOSTED", _reason(widget))
        body = json.dumps(manifest(widget, state), ensure_ascii=False).encode()
        return asset(MANIFEST_NAME, body).response(request)


def _reason(widget: SiteWidget) -> str:
    errors = [f"{problem.path} {problem.message}" for problem in widget.problems if problem.is_error]
    return "; ".join(errors) + "."


def _not_served(code: str, detail: str) -> Response:
    return JSONResponse(
        {"success": False, "errors": {"code": code, "detail": detail}}, 404, headers=dict(ASSET_HEADERS)
    )
