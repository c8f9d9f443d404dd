"""From an answer of the service to the value that a call returns."""

from collections.abc import Mapping
from typing import Any

from .failures import RAW_HINT, error_of, invalid_response, is_marked
from .json_text import load_json
from .wire import Answer, Subject


def read_value(subject: Subject, answer: Answer) -> Any:
    """The value of a successful answer; ``{}`` for an empty one. Raises the error that any other answer means."""
    if not is_success(answer.status):
        raise error_of(subject, answer)
    return parse_body(subject, answer)


def parse_body(subject: Subject, answer: Answer) -> Any:
    """The body as JSON, ``{}`` if empty. Raises ConnectorExecuteError ``INVALID_RESPONSE`` for other bodies."""
    if not answer.body:
        return {}
    try:
        return load_json(answer.body)
    except ValueError:
        reason = f"the answer is not valid JSON ({answer.media_type}); {RAW_HINT}"
        raise invalid_response(subject, answer, reason) from None


def is_success(status: int) -> bool:
    """Whether a status is one of 2xx (RFC 9110 §15.3)."""
    return 200 <= status < 300


def is_of_destination(status: int, headers: Mapping[str, str]) -> bool:
    """Whether the destination gave this answer: a success, or any other that is marked as the destination's own."""
    return is_success(status) or is_marked(headers)
