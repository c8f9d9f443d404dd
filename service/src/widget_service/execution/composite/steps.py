"""What a step is given: whether it runs, what its templates see, and the call that it makes."""

import time
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from widget_service.connectors.compiling import CompiledConnector, CompiledParameter
from widget_service.connectors.compiling_composites import CompiledStep, StepInput
from widget_service.errors import SCOPE_TEMPLATE
from widget_service.execution.composite.results import only
from widget_service.execution.execution import Execution
from widget_service.execution.headers import NEVER_FROM_CALLER
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.take_body import METHODS_WITH_CALLER_BODY
from widget_service.header_values import rendered_header_value
from widget_service.rendering import check_text, render_template, template_error
from widget_service.settings import Settings
from widget_service.templating import RenderContext, StepResults, Template, TemplateRenderError, TemplateWorkers

_SKIPS = frozenset({"", "false", "0", "none"})
_NEGOTIATED = ("accept", "accept-language", "x-request-id")


async def is_skipped(step: CompiledStep, context: RenderContext, workers: TemplateWorkers, settings: Settings) -> bool:
    """Return whether ``when`` skips the step; raise ``TEMPLATE_ERROR``."""
    if step.when is None:
        return False
    text = await _render_body(step.when, context, "when", workers, settings)
    return text.strip().lower() in _SKIPS


def step_context(composite: Execution, request: Mapping[str, object], steps: StepResults) -> RenderContext:
    """Return what a step's templates see: the caller's ``request`` and the results of ``steps`` before it."""
    snapshot, user = composite.snapshot, composite.caller.user
    return RenderContext(
        user=user.as_dict() if user is not None else None,
        tenant_id=snapshot.tenant_id,
        get_secret=snapshot.secrets.__getitem__,
        get_variable=snapshot.variables.__getitem__,
        now=time.time,
        steps=steps,
        request=request,
        variables=snapshot.variables,
    )


async def call_of(
    step: CompiledStep,
    connector: CompiledConnector,
    caller: IncomingCall,
    context: RenderContext,
    workers: TemplateWorkers,
    settings: Settings,
) -> IncomingCall:
    """Return the call that the step makes of ``connector``; raise ``TEMPLATE_ERROR``."""
    if step.input is None:
        return _own_call(caller, connector)
    return await _input_call(step.input, connector, caller, context, workers, settings)


def _own_call(caller: IncomingCall, connector: CompiledConnector) -> IncomingCall:
    """A request of its own takes of the caller what it declares overridable, and a body it does not write."""
    headers = {name: caller.headers[name] for name in _NEGOTIATED if name in caller.headers}
    declared = {header.key.lower() for header in connector.headers if header.overridable} - NEVER_FROM_CALLER
    headers |= {name: caller.headers[name] for name in declared if name in caller.headers}
    has_body = connector.method in METHODS_WITH_CALLER_BODY or connector.request_body is not None
    if has_body and "content-type" in caller.headers:
        headers["content-type"] = caller.headers["content-type"]
    query = only(caller.query(), (parameter.key for parameter in connector.query if parameter.overridable))
    body = caller.body if connector.request_body is None else b""
    return IncomingCall(connector.permalink, connector.method, _encoded(query), headers, body)


async def _input_call(
    given: StepInput,
    connector: CompiledConnector,
    caller: IncomingCall,
    context: RenderContext,
    workers: TemplateWorkers,
    settings: Settings,
) -> IncomingCall:
    """A stored connector gets what the step renders, as if a caller had sent it."""
    names = (*_NEGOTIATED, "content-type")
    headers = {name: caller.headers[name] for name in names if name in caller.headers}
    for key, value in _rendered(given.headers, context, "headers"):
        headers[key.lower()] = rendered_header_value(key, value)
    if given.path_parameters:
        headers["x-path-params"] = _encoded(_rendered(given.path_parameters, context, "path_parameters"))
    query = _rendered(given.query, context, "query_parameters")
    body = caller.body
    if given.body is not None:
        body = (await _render_body(given.body, context, "request_body", workers, settings)).encode()
    return IncomingCall(connector.permalink, connector.method, _encoded(query), headers, body)


def _rendered(parameters: Iterable[CompiledParameter], context: RenderContext, place: str) -> list[tuple[str, str]]:
    return [
        (parameter.key, render_template(parameter.template, context, f"{place} '{parameter.key}'"))
        for parameter in parameters
    ]


async def _render_body(
    template: Template, context: RenderContext, place: str, workers: TemplateWorkers, settings: Settings
) -> str:
    try:
        text = await workers.render_body(template, context, size=0, limit=settings.max_template_input_bytes)
    except TemplateRenderError as error:
        raise template_error(error, place) from None
    check_text(text, place, scope=SCOPE_TEMPLATE)
    return text


def _encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="surrogateescape")
