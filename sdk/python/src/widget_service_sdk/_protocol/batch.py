"""Many executions in one request."""

from collections.abc import Sequence
from typing import Any

from .._errors import ConnectorBoundaryError
from .calls import Call, check_call
from .options import BATCH_EXECUTION, read_options
from .requests import json_body, subject_of
from .settings import Settings
from .wire import Request

MAX_EXECUTIONS = 50

_SENT_ONCE = ("authorization", "x-csrf-token")


def check_executions(executions: object) -> list[Call]:
    """The calls of a batch. Raises ConnectorBoundaryError, naming the first one that cannot be sent by its index."""
    if not isinstance(executions, Sequence) or isinstance(executions, str | bytes):
        raise ConnectorBoundaryError(f"execute_all takes a list of executions, not {type(executions).__name__}")
    if len(executions) > MAX_EXECUTIONS:
        raise ConnectorBoundaryError(
            f"execute_all takes at most {MAX_EXECUTIONS} executions at a time, not {len(executions)}: split the list"
        )
    return [_check_execution(index, execution) for index, execution in enumerate(executions)]


def _check_execution(index: int, execution: object) -> Call:
    try:
        options = read_options(BATCH_EXECUTION, execution if execution is not None else (), {})
        return check_call(options, composite=options.get("composite") is True)
    except ConnectorBoundaryError as error:
        raise ConnectorBoundaryError(f"executions[{index}]: {error}") from None


def build_batch_request(settings: Settings, calls: Sequence[Call], timeout_ms: float | None) -> Request:
    """``POST {base URL}/batch``; each execution carries all of its headers but the tokens, which go once.

    Raises ConnectorBoundaryError if a payload cannot be written as JSON.
    """
    headers = settings.wire_headers()
    headers["accept"] = ("Accept", "application/x-ndjson")
    headers["content-type"] = ("Content-Type", "application/json")
    return Request(
        subject=subject_of(settings, "batch", "POST"),
        method="POST",
        url=f"{settings.base_url}/batch",
        headers=list(headers.values()),
        body=json_body({"executions": [_execution(settings, call) for call in calls]}),
        timeout_ms=timeout_ms or settings.timeout_ms,
        has_token=bool(settings.token),
    )


def _execution(settings: Settings, call: Call) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "permalink": call.permalink,
        "method": call.method,
        "payload": call.sent_payload,
        "queryParams": dict(call.query_params) or None,
        "pathParams": dict(call.path_params) or None,
        "headers": _own_headers(settings, call),
        "composite": call.composite or None,
    }
    return {name: value for name, value in parts.items() if value is not None}


def _own_headers(settings: Settings, call: Call) -> dict[str, str]:
    headers = {**settings.headers, **call.headers}
    return dict(header for name, header in headers.items() if name not in _SENT_ONCE)
