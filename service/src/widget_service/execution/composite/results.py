"""What templates see of the caller's request and of the steps before: ``request`` and ``steps``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from widget_service.caching.headers import table_of
from widget_service.execution.execution import Execution
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.transform import content_type, decode_text
from widget_service.templating import StepResults

State = Literal["answered", "failed", "skipped"]


@dataclass(slots=True)
class StepResult:
    """What a step has brought.

    ``body`` is what its ``response_body`` made of the answer, or the answer as it is; None where there is none, or
    where it is a stream. ``has_text`` says that a template wrote it. Without an ``execution`` the step has no answer:
    it was skipped, or failed before there was one.
    """

    state: State
    execution: Execution | None = None
    body: bytes | None = None
    has_text: bool = False

    def view(self) -> dict[str, Any]:
        """Return ``{"body", "status_code", "headers"}``; what has no answer has no body, no status and no headers."""
        if self.execution is None:
            return {"body": None, "status_code": None, "headers": {}}
        upstream = self.execution.upstream
        return {"body": self._text(), "status_code": upstream.status, "headers": table_of(upstream.headers)}

    def _text(self) -> str | None:
        body = self.body or b""
        if self.has_text or self.execution is None:
            return body.decode()
        return decode_text(body, content_type(self.execution.upstream.headers))


def views_of(results: Mapping[int, StepResult], names: Mapping[int, str]) -> StepResults:
    """Return ``steps`` for a template that may see the steps of ``names``; each gets plain data of its own."""
    return StepResults({name: results[index].view() for index, name in names.items()})


def view_of_request(call: IncomingCall, body_text: str | None) -> dict[str, Any]:
    """Return ``request``; of a query parameter that is repeated, the last value counts."""
    media_type = call.headers.get("content-type")
    headers = {} if media_type is None else dict.fromkeys(("content-type", "Content-Type"), media_type)
    return {
        "body_text": body_text,
        "body_raw": body_text,
        "headers": headers,
        "query_parameters": dict(call.query()),
    }


def only(pairs: Iterable[tuple[str, str]], names: Iterable[str]) -> list[tuple[str, str]]:
    """Return the pairs that have one of ``names``."""
    wanted = set(names)
    return [pair for pair in pairs if pair[0] in wanted]
