"""``POST /widgets/{type}/content``: the HTML that another host makes for a widget, for the props that are sent."""

import json
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from widget_service.errors import CallerError, ServiceError
from widget_service.http import BodyTooLarge, read_body
from widget_service.identity.origins import OriginPolicy
from widget_service.widgets.definition import WidgetDefinition
from widget_service.widgets.hosting.content import ContentHost, ContentUnusable
from widget_service.widgets.hosting.headers import ASSET_HEADERS
from widget_service.widgets.hosting.manifest import CONTENT_NAME
from widget_service.widgets.hosting.widget_files import WIDGETS_URL, url_segment
from widget_service.widgets.repository import ExtensionRepository

MAX_PROPS_BYTES = 256 * 1024

log = structlog.get_logger("widget_service.widgets")


class ContentEndpoint:
    """Answers ``{"html", "base"}``, as a manifest has them, or the error envelope."""

    def __init__(self, extensions: ExtensionRepository, host: ContentHost, origins: OriginPolicy) -> None:
        self._extensions, self._host, self._origins = extensions, host, origins

    def routes(self) -> list[Route]:
        """The route of contents; any page may ask, as it may for hosted files."""
        return [Route(f"{WIDGETS_URL}{{segment}}/{CONTENT_NAME}", self._content, methods=["POST"])]

    async def _content(self, request: Request) -> Response:
        try:
            self._origins.check_host(request.headers.get("host", ""))
            props = _props(await read_body(request.receive, limit=MAX_PROPS_BYTES))
        except CallerError as error:
            return _answer(_errors(error.code, error.detail), error.status)
        except BodyTooLarge:
            return _answer(_errors("REQUEST_TOO_LARGE", f"Props are limited to {MAX_PROPS_BYTES} bytes."), 413)
        widget = self._widget(request.path_params["segment"])
        if widget is None or widget.content is None:
            return _answer(_errors("WIDGET_NOT_FOUND", "There is no widget of this type with content elsewhere."), 404)
        return await self._fetch(widget, props)

    def _widget(self, segment: str) -> WidgetDefinition | None:
        widgets = (widget.definition for widget in self._extensions.state.widgets.values())
        return next((widget for widget in widgets if url_segment(widget.type) == segment), None)

    async def _fetch(self, widget: WidgetDefinition, props: dict[str, Any]) -> Response:
        content = widget.content
        assert content is not None
        try:
            hosted = await self._host.content(widget.type, content, props)
        except ContentUnusable as error:
            return _answer(_errors("WIDGET_CONTENT_FAILED", f"{content.endpoint} {error}."), 502)
        except ServiceError as error:
            log.info("content.failed", widget=widget.type, code=error.code, detail=error.log_detail or error.detail)
            return _answer(_errors(error.code, error.detail), error.status)
        return _answer({"html": hosted.html, "base": hosted.base}, 200)


def _props(body: bytes) -> dict[str, Any]:
    try:
        props = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        props = None
    if not isinstance(props, dict):
        raise CallerError("INVALID_REQUEST_BODY", "The body is not an object of props as JSON.")
    return props


def _errors(code: str, detail: str) -> dict[str, Any]:
    return {"success": False, "errors": {"code": code, "detail": detail}}


def _answer(body: dict[str, Any], status: int) -> Response:
    return JSONResponse(body, status, headers={**ASSET_HEADERS, "Cache-Control": "no-store"})
