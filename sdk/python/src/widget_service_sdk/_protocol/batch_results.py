"""The results of a batch, out of newline-delimited JSON that arrives in pieces."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._errors import ConnectorError, ConnectorExecuteError, ConnectorNotFoundError
from .._types import ExecutionResult
from .answers import is_success, read_value
from .failures import error_of, invalid_response
from .json_text import dump_json, load_json
from .messages import failure
from .outages import BrokenOff, Outage
from .wire import Answer, Subject


class BatchResults:
    """Collects ``{"index", "status", "headers", "body" | "body_base64"}``, a line each, in any order."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._subjects = subjects
        self._results: dict[int, ExecutionResult] = {}
        self._pieces: list[bytes] = []
        self._answer = Answer(0, {}, b"")
        self._any_bytes = False

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Takes status and headers of the answer."""
        self._answer = Answer(status, headers, b"")

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes of the answer, wherever they were cut."""
        self._any_bytes = self._any_bytes or bool(chunk.strip())
        if not is_success(self._answer.status) or b"\n" not in chunk:
            self._pieces.append(chunk)
            return
        first, *others = chunk.split(b"\n")
        self._pieces.append(first)
        for line in others:
            self._take_line()
            self._pieces = [line]

    def finish(self) -> list[ExecutionResult]:
        """All results in the order of the executions, once the answer is at its end."""
        rest = b"".join(self._pieces)
        if not is_success(self._answer.status):
            refusal = Answer(self._answer.status, self._answer.headers, rest)
            return self._all(lambda subject: _batch_error(subject, refusal))
        self._take_line()
        if self._results or not self._any_bytes:
            return self.break_off(BrokenOff("it ended before the result of this execution"))
        reason = f"the answer is not a batch ({self._answer.media_type})"
        return self._all(lambda subject: invalid_response(subject, self._answer, reason))

    def break_off(self, outage: Outage) -> list[ExecutionResult]:
        """All results, where the outage is the error of the executions that have none."""
        return self._all(outage.error_for)

    def _all(self, error_for: Callable[[Subject], ConnectorError]) -> list[ExecutionResult]:
        return [
            self._results.get(index) or {"ok": False, "error": error_for(subject)}
            for index, subject in enumerate(self._subjects)
        ]

    def _take_line(self) -> None:
        try:
            line = load_json(b"".join(self._pieces))
            index, status = line["index"], line["status"]
            if _is_int(index) and _is_int(status) and 0 <= index < len(self._subjects):
                self._results.setdefault(index, _result(self._subjects[index], status, line))
        except (ValueError, TypeError, KeyError, AttributeError):
            return  # no line of a batch; the execution is left without a result


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _result(subject: Subject, status: int, line: Mapping[str, Any]) -> ExecutionResult:
    if is_success(status) and (status in (204, 205) or subject.method == "HEAD"):
        return {"ok": True, "value": {}}
    if "body" in line and is_success(status):
        return {"ok": True, "value": line["body"]}
    headers = {name.lower(): value for name, value in (line.get("headers") or {}).items()}
    try:
        return {"ok": True, "value": read_value(subject, Answer(status, headers, _body(line)))}
    except ConnectorExecuteError as error:
        return {"ok": False, "error": error}


def _body(line: Mapping[str, Any]) -> bytes:
    if "body_base64" in line:
        return base64.b64decode(line["body_base64"], validate=True)
    return dump_json(line["body"]) if "body" in line else b""


def _batch_error(subject: Subject, answer: Answer) -> ConnectorExecuteError:
    """What an answer without success to the whole batch means for one of its executions."""
    error = error_of(subject, answer)
    if not isinstance(error, ConnectorNotFoundError) or error.code:
        return error
    message = failure(subject, f"there is no service that takes a batch at {subject.base_url}", "status 404")
    return ConnectorExecuteError(message, permalink=subject.permalink, status=404, request_id=error.request_id)
