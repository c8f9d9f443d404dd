"""The answer of a composite: the last step's, or what its own ``response_body`` makes of all of them."""

from collections.abc import Sequence
from http import HTTPStatus

from widget_service.connectors.compiling_composites import CompiledComposite
from widget_service.envelope import NO_STORE, SECURITY_HEADERS
from widget_service.errors import SCOPE_RESPONSE_TEMPLATE
from widget_service.execution.answer import VARY, Answer, answer_of
from widget_service.execution.composite.results import StepResult
from widget_service.execution.composite.stream import ReadAhead
from widget_service.execution.execution import Execution, Pair
from widget_service.execution.transform import STATUSES_WITHOUT_CONTENT
from widget_service.rendering import check_text, template_error
from widget_service.settings import Settings
from widget_service.templating import RenderContext, TemplateRenderError, TemplateWorkers

_JSON: Pair = ("Content-Type", "application/json")

_OF_THE_STEP = frozenset({"age", "content-length", "expires"})
"""What is said of a step's answer and would be wrong of another body, or of an answer to POST."""


async def rendered_answer(
    composite: CompiledComposite, context: RenderContext, workers: TemplateWorkers, settings: Settings
) -> bytes | None:
    """Return what the composite's own ``response_body`` makes of the steps, None without one.

    Raises ``TEMPLATE_ERROR``, which is that of no step.
    """
    template = composite.response_body
    if template is None:
        return None
    try:
        text = await workers.render_body(template, context, size=0, limit=settings.max_template_input_bytes)
    except TemplateRenderError as error:
        raise template_error(error, "response_body", scope=SCOPE_RESPONSE_TEMPLATE) from None
    check_text(text, "response_body", scope=SCOPE_RESPONSE_TEMPLATE)
    return text.encode()


def composite_answer(
    composite: CompiledComposite, results: Sequence[StepResult], rendered: bytes | None, ahead: ReadAhead | None
) -> Answer:
    """Return the answer; ``ahead`` is the body of the last step, where it is sent on as it comes.

    The last step that has an answer counts: neither one that was skipped nor one that failed and was passed over.
    """
    last = next((result for result in reversed(results) if result.state == "answered"), None)
    if last is None or last.execution is None:
        status, headers = (204, []) if rendered is None else (200, [_JSON])
        answer = Answer(status, [*headers, *SECURITY_HEADERS, NO_STORE, VARY], body=rendered)
    else:
        transformed = last.body if rendered is None and last.has_text else rendered
        answer = _of_step(last.execution, transformed, ahead)
    if composite.response_content_type and answer.status not in STATUSES_WITHOUT_CONTENT:
        _replace(answer, ("Content-Type", composite.response_content_type))
    return answer


def _of_step(execution: Execution, transformed: bytes | None, ahead: ReadAhead | None) -> Answer:
    """Return what a simple call would answer, as the answer to a POST."""
    answer = answer_of(execution, transformed, ahead)
    _replace(answer, NO_STORE)
    if answer.stream is not None:
        return answer
    answer.headers = [pair for pair in answer.headers if pair[0].lower() not in _OF_THE_STEP]
    if transformed is not None:
        answer.status = HTTPStatus.OK if answer.status in STATUSES_WITHOUT_CONTENT else answer.status
    if answer.body is None and answer.status not in STATUSES_WITHOUT_CONTENT:
        answer.body = b""
    return answer


def _replace(answer: Answer, pair: Pair) -> None:
    answer.headers = [other for other in answer.headers if other[0].lower() != pair[0].lower()]
    answer.headers.append(pair)
