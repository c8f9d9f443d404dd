"""Stage 7: the destination's answer through the connector's ``response_body``, on every status."""

from widget_service.caching.headers import table_of
from widget_service.errors import SCOPE_RESPONSE_TEMPLATE
from widget_service.execution.execution import Execution
from widget_service.rendering import check_text, template_error
from widget_service.settings import Settings
from widget_service.templating import Budget, ResponseView, TemplateRenderError, TemplateWorkers

STATUSES_WITHOUT_CONTENT = frozenset({204, 205, 304})


def can_carry_content(method: str, status: int) -> bool:
    """Whether an answer has a body at all (RFC 9110 §6.4.1)."""
    return method != "HEAD" and status not in STATUSES_WITHOUT_CONTENT


async def transform(execution: Execution, settings: Settings, workers: TemplateWorkers) -> bytes | None:
    """Return the transformed body; None where the destination's own body goes through.

    Raises ``TEMPLATE_ERROR``, and ``UPSTREAM_RESPONSE_TOO_LARGE`` for a body that cannot be held.
    """
    template, upstream = execution.connector.response_body, execution.upstream
    if template is None or not can_carry_content(execution.call.method, upstream.status):
        return None
    memo = execution.memo
    if memo is not None and (rendered_before := memo.of(template)) is not None:
        return rendered_before
    body = execution.upstream_body
    if body is None:
        body = execution.upstream_body = await upstream.read(settings.max_response_bytes)
    execution.timing.stage_done("external")
    execution.context.response = ResponseView(
        body=decode_text(body, content_type(upstream.headers)),
        status_code=upstream.status,
        headers=table_of(upstream.headers),
    )
    execution.context.budget = Budget()
    try:
        rendered = await workers.render_body(
            template, execution.context, size=len(body), limit=settings.max_template_input_bytes
        )
    except TemplateRenderError as error:
        raise template_error(error, "response_body", scope=SCOPE_RESPONSE_TEMPLATE) from None
    finally:
        execution.timing.stage_done("transform")
    check_text(rendered, "response_body", scope=SCOPE_RESPONSE_TEMPLATE)
    transformed = rendered.encode()
    if memo is not None:
        memo.keep(template, transformed)
    return transformed


def content_type(headers: list[tuple[str, str]]) -> str:
    """Return the Content-Type of an answer, or an empty string."""
    return next((value for name, value in headers if name.lower() == "content-type"), "")


def decode_text(body: bytes, content_type: str) -> str | None:
    """Return the body as text by the charset it names, else UTF-8; None when it is no such text."""
    charset = "utf-8"
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.strip().partition("=")
        if name.lower() == "charset":
            charset = value.strip('"')
    try:
        return body.decode(charset)
    except (UnicodeError, LookupError):
        return None
