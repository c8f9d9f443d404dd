"""What a trial is told as: the answer, every stage, the resolved request and the destination's answer, no secret."""

import json
from http import HTTPStatus
from typing import Any

from widget_service.control.trial import Trial
from widget_service.execution.curl import as_curl
from widget_service.execution.execution import Execution
from widget_service.execution.explanation import explain
from widget_service.execution.hiding import hidden_values, scrubbed
from widget_service.execution.timing import STAGES
from widget_service.execution.transform import content_type, decode_text
from widget_service.templating.masking import Scrubber


def report_of(trial: Trial) -> dict[str, Any]:
    """Return a trial as plain JSON values, with the mask in the place of every secret.

    ``{"permalink", "status", "error": {"code", "detail"} or null, "headers": [[name, value]], "body", "request_id",
    "stages": [{"name", "ms", "failed"}], "request", "curl", "destination": {"status", "headers", "body"} or null}``.
    Bodies are text, or say how many bytes they are that are none; ``destination.body`` is null where it went through
    unchanged.
    """
    execution, answer = trial.execution, trial.answer
    explained = explain(execution)
    hidden = hiding(execution, explained)
    explained = scrubbed(explained, hidden)
    report = {
        "permalink": execution.call.permalink,
        "status": answer.status,
        "error": error_of(trial),
        "headers": [[name, value] for name, value in answer.headers],
        "body": body_text(answer.body or b"", answer.headers),
        "request_id": execution.request_id,
        "stages": _stages(trial),
        "destination": _destination(execution),
    }
    curl = as_curl(explained) if "url" in explained else None
    return {**scrubbed(report, hidden), "request": explained, "curl": curl}


def error_of(trial: Trial) -> dict[str, str] | None:
    """Return why the answer is an error, in words; None where it is none."""
    execution, answer = trial.execution, trial.answer
    if execution.timing.error:
        told = json.loads(answer.body or b"{}").get("errors", {})
        return {"code": execution.timing.error, "detail": str(told.get("detail", ""))}
    if answer.status < HTTPStatus.BAD_REQUEST:
        return None
    phrase = next((status.phrase for status in HTTPStatus if status == answer.status), "")
    return {"code": "", "detail": f"The destination answered {answer.status} {phrase}".rstrip() + "."}


def hiding(execution: Execution, explained: dict[str, Any]) -> Scrubber:
    """Return what hides the secrets that the execution read, and the values that were made of them."""
    return Scrubber(hidden_values(execution, explained))


def body_text(body: bytes, headers: list[tuple[str, str]]) -> str:
    """Return a body as text, or how long it is where it is none."""
    text = decode_text(body, content_type(headers))
    return text if text is not None else f"<{len(body)} bytes that are no text>"


def _stages(trial: Trial) -> list[dict[str, Any]]:
    """Every stage that was reached, with its time."""
    seconds, failed = trial.execution.timing.seconds, trial.failed_stage
    return [
        {"name": stage, "ms": round(seconds[stage] * 1000, 2), "failed": stage == failed}
        for stage in STAGES
        if stage in seconds
    ]


def _destination(execution: Execution) -> dict[str, Any] | None:
    """The destination's answer as it came; ``body`` None: it went through, or was not read."""
    if not hasattr(execution, "upstream"):
        return None
    upstream, body = execution.upstream, execution.upstream_body
    return {
        "status": upstream.status,
        "headers": [[name, value] for name, value in upstream.headers],
        "body": None if body is None else body_text(body, upstream.headers),
    }
