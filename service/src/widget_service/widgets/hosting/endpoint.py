"""``/widgets/…`` and ``/page-files/…``: hosted files, and what the runtime asks of a widget."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from widget_service._version import __version__
from widget_service.widgets.hosting.headers import ASSET_HEADERS
from widget_service.widgets.hosting.page_files import PAGE_FILES_URL
from widget_service.widgets.hosting.widget_files import WIDGETS_URL
from widget_service.widgets.repository import ExtensionRepository, SiteWidget

_MANIFEST = "/manifest.json"


class HostingEndpoint:
    """Serves files from memory: a path is a key, and nothing in it can lead to another file."""

    def __init__(self, extensions: ExtensionRepository) -> None:
        self._extensions = extensions

    def routes(self) -> list[Route]:
        """The routes of hosted files; any page may load them."""
        return [
            Route(f"{WIDGETS_URL}{{path:path}}", self._widget_file),
            Route(f"{PAGE_FILES_URL}{{path:path}}", self._file),
        ]

    async def _widget_file(self, request: Request) -> Response:
        path: str = request.path_params["path"]
        if request.scope["path"] not in self._extensions.state.assets and path.endswith(_MANIFEST):
            return self._manifest(path.removesuffix(_MANIFEST))
        return await self._file(request)

    async def _file(self, request: Request) -> Response:
        asset = self._extensions.state.assets.get(request.scope["path"])
        if asset is None:
            return PlainTextResponse("There is no such file in this revision.\n", 404, headers=dict(ASSET_HEADERS))
        return asset.response(request)

    def _manifest(self, type_: str) -> Response:
        widget = self._extensions.state.widgets.get(type_)
        if widget is None:
            return _not_served("WIDGET_NOT_FOUND", f"There is no widget of type '{type_}'.")
        if widget.hosted is None:
            return _not_served("WIDGET_NOT_HOSTED", _reason(widget))
        return JSONResponse(manifest(widget), headers=dict(ASSET_HEADERS))


def manifest(widget: SiteWidget) -> dict[str, Any]:
    """Return what the runtime needs to run a hosted widget.

    ``{"type", "title", "version", "revision": str, "base": str, "html": str, "props": dict, "service": {"version"}}``;
    ``base`` is the path that all URLs of hosted files in ``html`` begin with.
    """
    definition, hosted = widget.definition, widget.hosted
    assert hosted is not None
    return {
        "type": definition.type,
        "title": definition.title,
        "version": definition.version,
        "revision": hosted.revision,
        "base": hosted.base,
        "html": hosted.html,
        "props": definition.default_props(),
        "service": {"version": __version__},
    }


def _reason(widget: SiteWidget) -> str:
    if widget.definition.content is not None:
        return f"The widget '{widget.definition.type}' has its content at another host; only 'source' widgets run here."
    errors = [f"{problem.path} {problem.message}" for problem in widget.problems if problem.is_error]
    return "; ".join(errors) + "."


def _not_served(code: str, detail: str) -> Response:
    return JSONResponse(
        {"success": False, "errors": {"code": code, "detail": detail}}, 404, headers=dict(ASSET_HEADERS)
    )
