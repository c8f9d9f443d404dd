"""What is kept of a call where an admin has switched that on: the resolved request and bodies, without secrets."""

import json
from typing import Any, Final

from widget_service.execution.answer import Answer
from widget_service.execution.execution import Execution
from widget_service.execution.explanation import explain
from widget_service.execution.hiding import hidden_values, scrubbed
from widget_service.execution.transform import content_type, decode_text
from widget_service.templating.masking import Scrubber

MAX_BODY_CHARACTERS: Final = 16 * 1024
MAX_REQUEST_CHARACTERS: Final = 64 * 1024
"""Of the resolved request as JSON; one with more is not kept."""

MAX_CAPTURES: Final = 200
"""Calls of a connector whose bodies a process keeps, each time that is switched on."""

_MAX_TEXT_BYTES: Final = 4 * MAX_BODY_CHARACTERS


def captured(execution: Execution, answer: Answer) -> dict[str, Any]:
    """Return ``{"request", "caller_body", "destination", "answer"}``, secrets by their template text or masked.

    Bodies are cut, and None where they went through without being held.
    """
    explained = explain(execution)
    hidden = Scrubber(hidden_values(execution, explained))
    told = {
        "caller_body": _text(execution.call.body, "", hidden) if execution.call.body else None,
        "destination": _destination(execution, hidden),
        "answer": {"status": answer.status, "body": _held(answer.body, answer.headers, hidden)},
    }
    request = _cut(scrubbed(explained, hidden)) if "url" in explained else None
    is_large = len(json.dumps(request)) > MAX_REQUEST_CHARACTERS
    return {"request": {"too_large": True} if is_large else request, **told}


class Allowance:
    """How many calls may still be captured, for each connector and the time until which it is switched on."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], tuple[float, int]] = {}

    def take(self, tenant_id: str, permalink: str, until: float) -> bool:
        """Take one; False where none is left."""
        since, taken = self._taken.get((tenant_id, permalink), (until, 0))
        taken = taken if since == until else 0
        if taken >= MAX_CAPTURES:
            return False
        self._taken[tenant_id, permalink] = until, taken + 1
        return True


def _destination(execution: Execution, hidden: Scrubber) -> dict[str, Any] | None:
    if not hasattr(execution, "upstream"):
        return None
    upstream = execution.upstream
    return {"status": upstream.status, "body": _held(execution.upstream_body, upstream.headers, hidden)}


def _held(body: bytes | None, headers: list[tuple[str, str]], hidden: Scrubber) -> str | None:
    return None if body is None else _text(body, content_type(headers), hidden)


def _text(body: bytes, media_type: str, hidden: Scrubber) -> str:
    """Scrub all of it and cut it then: half of a secret at the cut would not be known as one."""
    if len(body) > _MAX_TEXT_BYTES:
        return f"<{len(body)} bytes, too many to be kept>"
    text = decode_text(body, media_type)
    return f"<{len(body)} bytes that are no text>" if text is None else hidden.scrub(text)[:MAX_BODY_CHARACTERS]


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        return value[:MAX_BODY_CHARACTERS]
    if isinstance(value, dict):
        return {name: _cut(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cut(inner) for inner in value]
    return value
