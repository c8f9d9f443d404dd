"""One call as the console shows it: plain JSON values, the mask in the place of every secret."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from widget_service.control.trial_report import steps_of
from widget_service.dev.calls.mending import place_to_mend
from widget_service.dev.offline.bodies import parsed_json
from widget_service.egress.finished import FinishedResponse
from widget_service.execution.answer import Answer
from widget_service.execution.composite.resolving import PREFIX
from widget_service.execution.curl import as_curl
from widget_service.execution.execution import Execution
from widget_service.execution.explanation import explain
from widget_service.execution.hiding import hidden_values, scrubbed
from widget_service.execution.timing import STAGES
from widget_service.execution.transform import content_type, decode_text
from widget_service.templating.masking import Scrubber

MAX_SHOWN_BYTES = 64 * 1024
_FIRST_ERROR = 400


def report_of(
    repo: Path, execution: Execution, answer: Answer, body: bytes, size: int, *, secrets: Iterable[str]
) -> dict[str, Any]:
    """Return a call; ``body`` is the beginning of what was answered, ``size`` how long all of it was.

    ``{"permalink", "method", "status", "ms", "source", "error": {"code", "detail"} or null, "mend", "caller":
    {"query", "path_parameters", "body", "user"}, "stages": [{"name", "ms"}], "steps", "request", "curl", "destination":
    {"status", "headers", "body"} or null, "answer": {"headers", "body", "size"}}``. A composite has
    ``steps``, as `widget_service.control.trial_report.steps_of` tells them.
    """
    explained = explain(execution)
    hidden = Scrubber([*secrets, *hidden_values(execution, explained)])
    explained = scrubbed(explained, hidden)
    error = _error(execution, answer, body)
    report = {
        "permalink": execution.call.permalink,
        "method": execution.call.method,
        "status": answer.status,
        "ms": round(execution.timing.total_ms, 1),
        "source": _source(execution),
        "error": error,
        "mend": _mend(repo, execution, answer, error, body),
        "caller": _caller(execution),
        "stages": _stages(execution),
        "steps": steps_of(execution.composite) if execution.composite is not None else [],
        "destination": _destination(execution),
        "answer": {"headers": _pairs(answer.headers), "body": _text(body, answer.headers, size), "size": size},
    }
    curl = as_curl(explained) if "url" in explained else None
    return {**scrubbed(report, hidden), "request": explained, "curl": curl}


def _error(execution: Execution, answer: Answer, body: bytes) -> dict[str, str] | None:
    code = execution.timing.error
    if code:
        return {"code": code, "detail": _told(body, "detail")}
    if answer.status < _FIRST_ERROR:
        return None
    return {"code": "", "detail": f"The destination answered with status {answer.status}."}


def _told(body: bytes, name: str) -> str:
    try:
        return str(parsed_json(body)["errors"][name])
    except (ValueError, KeyError, TypeError):
        return ""


def _mend(
    repo: Path, execution: Execution, answer: Answer, error: dict[str, str] | None, body: bytes
) -> dict[str, Any] | None:
    if error is None:
        return None
    permalink, scope = execution.call.permalink.removeprefix(PREFIX), _told(body, "scope")
    return place_to_mend(repo, permalink, error["code"], error["detail"], answer.status, scope)


def _source(execution: Execution) -> str:
    upstream = getattr(execution, "upstream", None)
    if upstream is None:
        return "" if execution.composite is None else "composite"
    if execution.timing.cache_hit:
        return "cache"
    return upstream.source if isinstance(upstream, FinishedResponse) else "network"


def _caller(execution: Execution) -> dict[str, Any]:
    call, user = execution.call, execution.caller.user
    media_type = call.headers.get("content-type", "")
    return {
        "query": _pairs(call.query()),
        "path_parameters": _pairs(parse_qsl(call.headers.get("x-path-params", ""), keep_blank_values=True)),
        "body": _text(call.body[:MAX_SHOWN_BYTES], [("Content-Type", media_type)], len(call.body)),
        "user": user.id if user is not None else None,
    }


def _stages(execution: Execution) -> list[dict[str, Any]]:
    """Every stage that was reached, in the order of the pipeline."""
    seconds = execution.timing.seconds
    return [{"name": stage, "ms": round(seconds[stage] * 1000, 2)} for stage in STAGES if stage in seconds]


def _destination(execution: Execution) -> dict[str, Any] | None:
    """The destination's answer; ``body`` None: it went through as it came."""
    if not hasattr(execution, "upstream"):
        return None
    upstream, body = execution.upstream, execution.upstream_body
    shown = None if body is None else _text(body[:MAX_SHOWN_BYTES], upstream.headers, len(body))
    return {"status": upstream.status, "headers": _pairs(upstream.headers), "body": shown}


def _pairs(pairs: Iterable[tuple[str, Any]]) -> list[list[Any]]:
    return [[name, value] for name, value in pairs]


def _text(body: bytes, headers: list[tuple[str, str]], size: int) -> str:
    text = decode_text(body, content_type(headers))
    if text is None and len(body) < size:  # a character may have been cut in two
        text = body.decode("utf-8", "ignore") if decode_text(body[:-3], content_type(headers)) is not None else None
    if text is None:
        return f"<{size} bytes that are no text>"
    return text if len(body) >= size else f"{text}\n… {size} bytes in all"
