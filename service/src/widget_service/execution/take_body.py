"""The caller's body on its way into the pipeline: whether it is held, or sent on as it comes."""

from collections.abc import Mapping

from widget_service.egress.upload import Upload
from widget_service.execution.execution import Execution

METHODS_WITH_CALLER_BODY = frozenset({"POST", "PUT", "PATCH"})


async def take_body(execution: Execution) -> None:
    """Read the body where the pipeline must hold it, else only its beginning.

    It is held for a template, for a check of its JSON, and where the request may have to be sent a second time. Raises
    what `CallerBody` raises.
    """
    call, source = execution.call, execution.call.source
    if source is None or source.is_complete or call.method not in METHODS_WITH_CALLER_BODY:
        return
    if execution.connector.holds_request_body or is_json(call.headers) or await source.begin():
        call.body = await source.whole()
    else:
        execution.upload = Upload(source.parts(), source.length)


def is_json(headers: Mapping[str, str]) -> bool:
    """Whether a message says that its body is JSON (RFC 8259 §11, RFC 6839 §3.1)."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")
