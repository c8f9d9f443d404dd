"""Parsing the text of a registry strictly (RFC 8259), with every fault's place in it."""

import json
import math
from typing import Any

from widget_service.connectors.problems import Problem
from widget_service.registry.json_positions import Positions, scan_positions
from widget_service.registry.text_lines import TextLines

_MAX_DIGITS = 400
_TWICE = "stands twice in the same object; the last one counts"
_NOT_FINITE = "is no number that JSON can hold"
_ADVICE = (
    ("Expecting property name", "a name in double quotes; a comma before '}' is one too many"),
    ("Illegal trailing comma", "no comma behind the last value"),
    ("Expecting ':'", "a colon between a name and its value"),
    ("Expecting ','", "a comma between two values, or the closing bracket"),
    ("Expecting value", "a value; JSON has no comments, no single quotes and no comma behind the last value"),
    ("Unterminated string", "a closing double quote"),
    ("Invalid control character", r"text on one line: write a line break as \n and a tab as \t"),
    ("Invalid \\", r"one of \" \\ \/ \b \f \n \r \t \u0000; a backslash itself is written \\"),
    ("Extra data", "one JSON object and nothing behind it"),
)


def parse_json(text: str) -> tuple[Any, Positions, list[Problem]]:
    """Return the value of ``text``, where its parts stand, and what is wrong.

    The value counts unless there is an error.
    """
    try:
        value = json.loads(text, parse_int=_parse_int)
    except json.JSONDecodeError as error:
        return None, Positions(), [_syntax_problem(text, error)]
    except RecursionError:
        problem = Problem(
            path="$", code="too_deep", message="is nested too deeply", expected="far fewer brackets inside each other"
        )
        return None, Positions(), [problem]
    positions = scan_positions(text)
    return value, positions, _faults(positions, TextLines(text))


def _parse_int(digits: str) -> int | float:
    """Numbers of many digits are refused later, as not finite: Python would refuse to convert them."""
    return int(digits) if len(digits) < _MAX_DIGITS else math.inf


def _syntax_problem(text: str, error: json.JSONDecodeError) -> Problem:
    if not text.strip():
        return Problem(path="$", code="json_syntax", message="is empty", expected='an object: {"connectors": []}')
    expected = next((advice for start, advice in _ADVICE if error.msg.startswith(start)), "")
    reason = error.msg.removesuffix(" at")
    message = f"is not JSON: {reason[0].lower()}{reason[1:]}"
    return TextLines(text).placed(Problem(path="$", code="json_syntax", message=message, expected=expected), error.pos)


def _faults(positions: Positions, lines: TextLines) -> list[Problem]:
    duplicates = [
        lines.placed(
            Problem(path=path, code="duplicate_key", message=_TWICE, expected="each name once", severity="warning"),
            offset,
        )
        for path, offset in positions.duplicates
    ]
    not_finite = [
        lines.placed(Problem(path=path, code="not_finite", message=_NOT_FINITE, expected="a smaller number"), offset)
        for path, offset in positions.not_finite
    ]
    return [*duplicates, *not_finite]
