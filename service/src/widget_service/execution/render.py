"""Stage 2: the configured URL, headers, query parameters and body, rendered for this caller.

Only what is configured is a template. What the caller sends, and what a template yields, is data.
"""

import json
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_plus

import orjson

from widget_service.connectors.compiling import CompiledConnector, CompiledParameter
from widget_service.errors import CallerError, ConfigurationError
from widget_service.execution.execution import Execution
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.merge import QueryPair, RenderedParameter
from widget_service.execution.path_parameters import resolve_path_parameters
from widget_service.execution.take_body import METHODS_WITH_CALLER_BODY, is_json
from widget_service.header_values import rendered_header_value
from widget_service.rendering import check_text, render_template, template_error
from widget_service.settings import Settings
from widget_service.templating import RenderContext, TemplateRenderError, TemplateWorkers


class RenderedRequest(NamedTuple):
    """The configured part of a request; ``url_query`` is what the URL itself holds behind its question mark."""

    base_url: str
    url_query: Sequence[QueryPair]
    headers: list[RenderedParameter]
    query: list[RenderedParameter]
    body: bytes | None


def context_of(execution: Execution) -> RenderContext:
    """Return what a call gives to its connector's templates.

    Raises what path parameters and the caller's body may be refused for.
    """
    connector, call, snapshot = execution.connector, execution.call, execution.snapshot
    path_parameters = resolve_path_parameters(connector, call.headers.get("x-path-params"))
    user = execution.caller.user
    body_text = text_of_body(call, needed=connector.request_body is not None)
    return RenderContext(
        user=user.as_dict() if user is not None else None,
        tenant_id=snapshot.tenant_id,
        get_secret=snapshot.secrets.__getitem__,
        get_variable=snapshot.variables.__getitem__,
        now=time.time,
        path_params=path_parameters,
        body_text=body_text,
        body_raw=body_text,
    )


async def render(execution: Execution, settings: Settings, workers: TemplateWorkers) -> RenderedRequest:
    """Render everything that the connector configures, in the execution's context; raise ``TEMPLATE_ERROR``."""
    connector, context = execution.connector, execution.context
    base_url, url_query = _render_url(connector, context)
    if connector.tls is not None:
        execution.tls = connector.tls.render(context)
    return RenderedRequest(
        base_url=base_url,
        url_query=url_query,
        headers=_render_headers(connector.headers, context) if connector.headers else [],
        query=_render_parameters(connector.query, context, "query_parameters") if connector.query else [],
        body=await _render_body(execution, settings, workers),
    )


def _render_url(connector: CompiledConnector, context: RenderContext) -> tuple[str, Sequence[QueryPair]]:
    if connector.rest.literal is not None:
        path, query = _split_literal(connector.rest.literal)
    else:
        path, query = _split(render_template(connector.rest, context, "url"))
        _refuse_dot_segments(connector.rest.source, path)
    return render_template(connector.origin, context, "url") + path, query


def _split(rest: str) -> tuple[str, Sequence[QueryPair]]:
    """Return the path, and what the query behind it holds."""
    path, _, query = rest.partition("?")
    return path, tuple([_url_pair(part) for part in query.split("&") if part])


_split_literal = lru_cache(maxsize=4096)(_split)


def _url_pair(part: str) -> QueryPair:
    """A name without ``=`` stays one: some destinations tell ``?flag`` from ``?flag=``."""
    key, sign, value = part.partition("=")
    return _decoded(key), _decoded(value) if sign else None


def _decoded(text: str) -> str:
    return unquote_plus(text, errors="surrogateescape")


def _refuse_dot_segments(source: str, path: str) -> None:
    """A value that became ``.`` or ``..`` would make the destination read another path (RFC 3986 §5.2.4)."""
    configured = source.partition("?")[0].split("/")
    for segment in path.split("/"):
        if segment in (".", "..") and segment not in configured:
            raise ConfigurationError(
                "TEMPLATE_ERROR", f"url: a substituted value made the path segment '{segment}'; it must be a name."
            )


def _render_headers(parameters: Iterable[CompiledParameter], context: RenderContext) -> list[RenderedParameter]:
    return [
        RenderedParameter(parameter.key, rendered_header_value(parameter.key, parameter.value), parameter.overridable)
        for parameter in _render_parameters(parameters, context, "headers")
    ]


def _render_parameters(
    parameters: Iterable[CompiledParameter], context: RenderContext, place: str
) -> list[RenderedParameter]:
    return [
        RenderedParameter(
            parameter.key,
            render_template(parameter.template, context, f"{place} '{parameter.key}'"),
            parameter.overridable,
        )
        for parameter in parameters
    ]


async def _render_body(execution: Execution, settings: Settings, workers: TemplateWorkers) -> bytes | None:
    template, call, limit = execution.connector.request_body, execution.call, settings.max_template_input_bytes
    if template is None:
        return call.body if call.method in METHODS_WITH_CALLER_BODY and call.body else None
    try:
        text = await workers.render_body(template, execution.context, size=len(call.body), limit=limit)
    except TemplateRenderError as error:
        raise template_error(error, "request_body") from None
    check_text(text, "request_body")
    return text.encode()


def text_of_body(call: IncomingCall, *, needed: bool) -> str | None:
    """Check a body that says it is JSON; decode it where a template reads it (None: it is no text)."""
    if call.method not in METHODS_WITH_CALLER_BODY:
        return ""
    if call.body and is_json(call.headers):
        _check_json(call.body)
    if not needed:
        return None
    try:
        return call.body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _check_json(body: bytes) -> None:
    """The fast parser refuses some texts that are JSON (half of a character, written as an escape): ask the other."""
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError as error:
        try:
            json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise CallerError(
                "INVALID_REQUEST_BODY",
                f"The body is announced as JSON and is none: line {error.lineno}, column {error.colno}.",
            ) from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
