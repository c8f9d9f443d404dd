"""JSON in templates: read as Python reads it, written as Python writes it."""

import json
from typing import Any, Final

import orjson

from widget_service.templating.errors import LimitExceeded, TemplateRenderError
from widget_service.templating.limits import Budget

_DIGITS: Final = bytes(ord("0") if byte in b"0123456789" else ord(" ") for byte in range(256))
_LONG_NUMBER: Final = b"0" * 16
"""So many digits in a row, after `_DIGITS`: searched for a tenth of the time that a regular expression takes."""
_BYTES_PER_CHARACTER: Final = 8  # of JSON text, once it is Python objects


def from_json(budget: Budget, value: Any) -> Any:
    """Return what a JSON text says; raise `TemplateRenderError` for one that is no JSON."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if not isinstance(text, str):
        raise TemplateRenderError(f"from_json needs a text; this is {_kind(value)}")
    budget.text(len(text))
    budget.allocate(len(text) * _BYTES_PER_CHARACTER)
    is_fast = _LONG_NUMBER not in text.encode("utf-8", "surrogatepass").translate(_DIGITS)
    budget.spend(len(text) // (20 if is_fast else 5))
    if text.count("[") + text.count("{") > budget.limits.max_nodes:
        raise LimitExceeded(f"reads JSON of more than {budget.limits.max_nodes:,} lists and objects")
    try:
        return _parse(text, is_fast=is_fast)
    except RecursionError:
        raise TemplateRenderError("from_json: the JSON is nested too deeply") from None
    except ValueError:
        raise TemplateRenderError("from_json: the text is not JSON") from None


def json_encode(budget: Budget, value: Any) -> str:
    """Return ``value`` as JSON with ``", "`` and ``": "`` between its parts, all of it ASCII."""
    budget.measure(value)
    try:
        text = json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        raise TemplateRenderError(f"{_kind(value)} cannot be written as JSON: {_advice(value)}") from None
    budget.text(len(text))
    return text


def _parse(text: str, *, is_fast: bool) -> Any:
    """The fast parser reads most texts as Python's own does; what it reads otherwise is left to that one."""
    if is_fast:
        try:
            return orjson.loads(text)
        except ValueError:
            pass
    return json.loads(text)


def _advice(value: Any) -> str:
    if hasattr(value, "__next__"):
        return "add | list before it"
    return "it holds something that is no text, number, list or dict, such as a value that is missing"


def _kind(value: Any) -> str:
    match value:
        case None:
            return "None"
        case bool() | int() | float():
            return "a number"
        case str() | bytes():
            return "a text"
        case dict():
            return "a dict"
        case list() | tuple():
            return "a list"
        case _:
            return "an iterator" if hasattr(value, "__next__") else "a value that is missing, or a function,"
