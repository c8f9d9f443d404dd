"""What a fake service answers."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .calls import RecordedCall, read_execution

STATUS_OF_CODE: Mapping[str, int] = {
    "CONNECTOR_NOT_FOUND": 404,
    "METHOD_NOT_ALLOWED": 400,
    "MISSING_PATH_PARAMETERS": 400,
    "INVALID_PATH_PARAMETERS": 400,
    "CONNECTOR_MISCONFIGURED": 400,
    "INVALID_REQUEST_HEADER": 400,
    "INVALID_REQUEST_BODY": 400,
    "REQUEST_TOO_LARGE": 413,
    "AUTHENTICATION_REQUIRED": 401,
    "INVALID_TOKEN": 401,
    "ACCESS_DENIED": 403,
    "CSRF_FAILED": 403,
    "ORIGIN_NOT_ALLOWED": 403,
    "UNKNOWN_HOST": 421,
    "TEMPLATE_ERROR": 422,
    "JWT_SIGNING_ERROR": 422,
    "DESTINATION_NOT_ALLOWED": 422,
    "OAUTH_TOKEN_ERROR": 502,
    "UPSTREAM_UNREACHABLE": 502,
    "UPSTREAM_TLS_ERROR": 502,
    "UPSTREAM_TIMEOUT": 502,
    "UPSTREAM_INVALID_RESPONSE": 502,
    "UPSTREAM_RESPONSE_TOO_LARGE": 502,
    "UPSTREAM_REDIRECT": 502,
    "STEP_FAILED": 502,
    "RATE_LIMITED": 429,
    "OVERLOADED": 503,
    "CIRCUIT_OPEN": 503,
    "INTERNAL_ERROR": 500,
}
"""The service's own errors, as in protocol/errors.json."""


@dataclass(frozen=True, slots=True)
class FakeBehaviour:
    """What a fake connector does when it is called."""

    method: str
    returns: Any
    status: int
    headers: Mapping[str, str]
    error: str | None
    detail: str
    delay_s: float
    disconnects: bool

    def __post_init__(self) -> None:
        if self.error is not None and self.error not in STATUS_OF_CODE:
            raise ValueError(f"the service has no error {self.error!r}; there are {', '.join(STATUS_OF_CODE)}")


@dataclass(frozen=True, slots=True)
class FakeAnswer:
    """An answer: its headers go out after ``delay_s``, each piece of the body that many seconds after the request."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    delay_s: float = 0
    disconnects: bool = False

    @property
    def body(self) -> bytes:
        """All pieces."""
        return b"".join(piece for _, piece in self.pieces)


def answer_call(call: RecordedCall, behaviour: FakeBehaviour | None) -> FakeAnswer:
    """The answer of a connector; None stands for one that does not exist."""
    if behaviour is None:
        kind = "composite connector" if call.composite else "connector"
        return _service_error("CONNECTOR_NOT_FOUND", f"There is no {kind} {call.permalink!r}; check the permalink.")
    if call.method != behaviour.method:
        return _service_error("METHOD_NOT_ALLOWED", f"{call.permalink!r} takes {behaviour.method}.")
    if behaviour.error is not None:
        return _service_error(behaviour.error, behaviour.detail, behaviour.delay_s)
    value = behaviour.returns(call) if callable(behaviour.returns) else behaviour.returns
    body, content_type = (value, "application/octet-stream") if isinstance(value, bytes) else _json(value)
    headers = {"content-type": content_type, "x-request-id": "fake"}
    if behaviour.status >= 300:
        headers["x-connector-upstream-status"] = str(behaviour.status)
    headers |= {name.lower(): text for name, text in behaviour.headers.items()}
    pieces = [] if behaviour.status == 204 or call.method == "HEAD" else [(behaviour.delay_s, body)]
    return FakeAnswer(behaviour.status, headers, pieces, behaviour.delay_s, behaviour.disconnects)


def answer_batch(body: bytes, execute: Callable[[RecordedCall], FakeAnswer]) -> FakeAnswer:
    """Newline-delimited JSON: a line for each execution, the quickest first."""
    answers = [execute(read_execution(execution)) for execution in json.loads(body)["executions"]]
    lines = [(answer.delay_s, _line(index, answer)) for index, answer in enumerate(answers) if not answer.disconnects]
    return FakeAnswer(200, {"content-type": "application/x-ndjson"}, sorted(lines, key=lambda line: line[0]))


def _line(index: int, answer: FakeAnswer) -> bytes:
    line: dict[str, Any] = {"index": index, "status": answer.status, "headers": dict(answer.headers)}
    try:
        line["body"] = json.loads(answer.body)
    except ValueError:
        line["body_base64"] = base64.b64encode(answer.body).decode()
    return json.dumps(line).encode() + b"\n"


def _service_error(code: str, detail: str, delay_s: float = 0) -> FakeAnswer:
    content = {"success": False, "errors": {"code": code, "detail": detail}, "request_id": "fake"}
    body, content_type = _json(content)
    return FakeAnswer(STATUS_OF_CODE[code], {"content-type": content_type}, [(delay_s, body)], delay_s)


def _json(value: Any) -> tuple[bytes, str]:
    return json.dumps(value).encode(), "application/json"
