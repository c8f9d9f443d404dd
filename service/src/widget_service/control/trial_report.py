"""What a trial is told as: the answer, every stage, the resolved request and the destination's answer, no secret."""

import json
from http import HTTPStatus
from typing import Any

from widget_service.connectors.compiling_composites import CompiledStep
from widget_service.control.trial import Trial
from widget_service.execution.composite.drawing import drawing_of
from widget_service.execution.composite.results import StepResult
from widget_service.execution.composite.running import CompositeRun
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
    unchanged. Of a composite there are "steps" (see `steps_of`), and "drawing" in each says what it waits for.
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
    if execution.composite is not None:
        report["steps"] = steps_of(execution.composite)
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


def steps_of(run: CompositeRun) -> list[dict[str, Any]]:
    """Return each step of a composite, in order, whether it ran or not.

    ``{"name", "state", "drawing", "start_ms", "ms", "stages", "request", "curl", "destination"}``; ``state`` is
    ``answered``, ``failed``, ``skipped``, or ``broken off`` and ``not run`` where another step's failure came first.
    """
    drawn = drawing_of(run.composite.steps, {step.permalink: step.method for step in run.requests}.get)
    return [_step(run, step, drawing) for step, drawing in zip(run.composite.steps, drawn, strict=True)]


def _step(run: CompositeRun, step: CompiledStep, drawing: str) -> dict[str, Any]:
    _, timing = run.timings.get(step.index, (step.name, None))
    result, execution = run.results.get(step.index), run.runner.executions.get(step.index)
    told: dict[str, Any] = {"name": step.name, "state": _state(run, step, result), "drawing": drawing}
    if timing is None:
        return told
    stages = [{"name": name, "ms": round(timing.seconds[name] * 1000, 2)} for name in STAGES if name in timing.seconds]
    told |= {"start_ms": round(timing.started_ms(run.whole.timing), 2), "ms": round(timing.total_ms, 2)}
    told |= {"stages": stages}
    if execution is not None:
        explained = scrubbed(explain(execution), hiding(execution, explain(execution)))
        curl = as_curl(explained) if "url" in explained else None
        told |= {"request": explained, "curl": curl, "destination": _destination(execution)}
    return told


def _state(run: CompositeRun, step: CompiledStep, result: StepResult | None) -> str:
    if result is not None:
        return result.state
    if run.failed_in == step.index:
        return "failed"
    return "broken off" if run.timings.get(step.index) else "not run"


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
