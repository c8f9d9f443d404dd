"""Parts of a kept answer (RFC 9110 §14): one range of bytes, from a body that is complete."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from widget_service.caching.entry import Entry

_RANGE = re.compile(r"bytes\s*=\s*(\d*)-(\d*)", re.ASCII | re.IGNORECASE)


class Part(NamedTuple):
    """The bytes from ``first`` to ``last``, inclusive."""

    first: int
    last: int


def part_of(entry: Entry, request: Mapping[str, str]) -> Part | None:
    """Return the part that a request (lowercase names) asks for; None where all of it is the answer.

    Several ranges, other units and conditions that do not hold are answered with the whole (§14.2). Raises
    ``ValueError`` for a range that the body does not have (§15.5.17).
    """
    asked = request.get("range")
    match = None if asked is None else _RANGE.fullmatch(asked.strip())
    if match is None or entry.status != 200 or not _holds(entry, request.get("if-range")):
        return None
    first, last, size = match[1], match[2], len(entry.body)
    if not first:
        return _suffix(last, size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise ValueError("beyond the end")
    return Part(int(first), min(int(last), size - 1) if last else size - 1)


def _suffix(length: str, size: int) -> Part | None:
    if not length:
        return None
    if int(length) == 0 or size == 0:
        raise ValueError("nothing is asked for")
    return Part(max(0, size - int(length)), size - 1)


def _holds(entry: Entry, condition: str | None) -> bool:
    """Whether ``If-Range`` names the very answer that is kept: by a strong comparison (§13.1.5)."""
    if condition is None:
        return True
    condition = condition.strip()
    if condition.startswith(('"', "W/")):
        return condition == entry.etag and not condition.startswith("W/")
    return condition == entry.last_modified
