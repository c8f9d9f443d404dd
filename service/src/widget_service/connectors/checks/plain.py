"""What no definition may hold anywhere: text that cannot be stored or sent, and nesting without end."""

from collections.abc import Iterator
from typing import Any

from widget_service.connectors.problems import Finding, Location, Problem, json_path

MAX_DEPTH = 40

_UNSENDABLE = Finding(
    code="invalid_text",
    message="holds half of a character (an unpaired surrogate)",
    expected="whole characters, such as \\ud83d\\ude00 in two halves, or written as they are",
)
_NUL = Finding(code="invalid_text", message="holds a NUL character", expected="text without \\u0000")
_TOO_DEEP = Finding(
    code="too_deep", message="is nested too deeply", expected=f"at most {MAX_DEPTH} objects and lists inside each other"
)


def check_plain(value: Any, location: Location = ()) -> Iterator[Problem]:
    """Yield each text of ``value`` that no database or header can hold, and each place where it is nested too deeply.

    Names of members are texts too.
    """
    waiting: list[tuple[Location, Any]] = [(location, value)]
    while waiting:
        where, current = waiting.pop()
        if isinstance(current, str):
            yield from _check_text(current, where)
        elif isinstance(current, dict | list) and len(where) >= MAX_DEPTH:
            yield _TOO_DEEP.at(json_path(where))
        elif isinstance(current, dict):
            for name, inner in current.items():
                yield from _check_text(name, where)
                waiting.append(((*where, name), inner))
        elif isinstance(current, list):
            waiting += (((*where, index), inner) for index, inner in enumerate(current))


def _check_text(text: str, where: Location) -> Iterator[Problem]:
    if "\0" in text:
        yield _NUL.at(json_path(where))
    if not _is_encodable(text):
        yield _UNSENDABLE.at(json_path(where))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
