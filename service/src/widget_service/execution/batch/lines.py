"""The line that answers one execution of a batch: newline-delimited JSON."""

import base64
import json

import orjson

from widget_service.envelope import SECURITY_HEADERS
from widget_service.execution.answer import Answer
from widget_service.execution.batch.json_parts import JsonText, NotJson

LARGE_BYTES = 64 * 1024
"""What is longer is read and written in a thread: others would wait for it."""

_OF_THE_BATCH = frozenset({"content-length", *(name.lower() for name, _ in SECURITY_HEADERS)})


def line_of(index: int, answer: Answer) -> bytes:
    """Return ``{"index", "status", "headers", "body"}`` and a line feed; no ``body`` where there is none.

    JSON stands as it is, whatever its type says: also its numbers and doubled names are those of the destination.
    Anything else is ``body_base64``.
    """
    head = orjson.dumps({"index": index, "status": answer.status, "headers": _headers(answer)})[:-1]
    body = answer.body
    if not body:
        return head + b"}\n"
    if is_json(body):
        # Within JSON's own texts there are no line breaks: those that there are stand between its parts.
        return b'%b,"body":%b}\n' % (head, body.replace(b"\n", b" ").replace(b"\r", b" "))
    return b'%b,"body_base64":"%b"}\n' % (head, base64.b64encode(body))


def is_json(body: bytes) -> bool:
    """Whether a body is JSON; the fast parser refuses some of it (half of a character, written as an escape)."""
    if len(body) > LARGE_BYTES:
        return _is_long_json(body)
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        try:
            json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return False
    return True


def _is_long_json(body: bytes) -> bool:
    """Parsers would hold all other threads up until they are through."""
    try:
        text = JsonText(body.decode("utf-8"))
        text.value()
        text.end()
    except (NotJson, UnicodeDecodeError):
        return False
    return True


def _headers(answer: Answer) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in answer.headers:
        if name.lower() not in _OF_THE_BATCH:
            text = value.encode("utf-8", "replace").decode()
            headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
