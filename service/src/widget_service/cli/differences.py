"""Two values as lines of a diff: short ones whole, long ones around what differs, texts of many lines line by line."""

import difflib
import json
from collections.abc import Iterator
from typing import Any, Literal

from widget_service.cli.output import one_line
from widget_service.registry.sync import ABSENT, FieldChange
from widget_service.templating.masking import MASK

Mark = Literal["+", "-", "~", " ", "@"]
Line = tuple[Mark, str]

MAX_CHARACTERS = 100
_AROUND = 20
_ELLIPSIS = "…"


def difference_lines(change: FieldChange) -> list[Line]:
    """Return the lines that show one field's change, each with its mark."""
    before, after = change.before, change.after
    if change.is_hidden:
        return [("~", f"{MASK} → {MASK}, changed")]
    if isinstance(before, str) and isinstance(after, str) and ("\n" in before or "\n" in after):
        return list(_unified(before, after))
    sides = [_shown(value) for value in (before, after)]
    if sides[0] and sides[1]:
        sides = list(shortened(*sides))
    marked: list[tuple[Mark, str]] = [("-", sides[0]), ("+", sides[1])]
    return [(mark, _middle_cut(text, MAX_CHARACTERS)) for mark, text in marked if text]


def shortened(before: str, after: str) -> tuple[str, str]:
    """Return both texts without most of what they have in common, so that the difference is in sight."""
    if max(len(before), len(after)) <= MAX_CHARACTERS:
        return before, after
    head = _common(before, after)
    room = min(len(before), len(after)) - head
    tail = min(_common(before[::-1], after[::-1]), room)
    return _around(before, head, tail), _around(after, head, tail)


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _around(text: str, head: int, tail: int) -> str:
    start, end = max(0, head - _AROUND), min(len(text), len(text) - tail + _AROUND)
    core = _middle_cut(text[start:end], MAX_CHARACTERS)
    return (_ELLIPSIS if start else "") + core + (_ELLIPSIS if end < len(text) else "")


def _middle_cut(text: str, limit: int) -> str:
    if len(text) <= limit + 2:  # the marks that `_around` adds
        return text
    half = (limit - len(_ELLIPSIS)) // 2
    return text[:half] + _ELLIPSIS + text[-half:]


def _shown(value: Any) -> str:
    return "" if value is ABSENT else one_line(json.dumps(value, ensure_ascii=False))


def _unified(before: str, after: str) -> Iterator[Line]:
    """Yield a unified diff without its head. A line end that only one side has is a difference too."""
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), lineterm="", n=2)
    for line in list(lines)[2:]:
        mark: Mark = "+" if line[0] == "+" else "-" if line[0] == "-" else "@" if line[0] == "@" else " "
        yield mark, one_line(line if mark == "@" else line[1:])
