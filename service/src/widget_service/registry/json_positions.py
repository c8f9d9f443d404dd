"""Where the values of a JSON text stand in it, which the standard library's parser does not say."""

import json
import math
import re
from dataclasses import dataclass, field

from widget_service.connectors.problems import json_path

_LEXEME = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_LAST_SEGMENT = re.compile(r"(?:\.[A-Za-z_][A-Za-z0-9_]*|\[\d+\]|\['(?:[^'\\]|\\.)*'\])\Z", re.DOTALL)
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\"\\]", re.DOTALL
)
_WORDS = frozenset({"true", "false", "null"})


@dataclass(slots=True)
class Positions:
    """What a scan found, by JSONPath: the offset of each value (of a repeated name, the last one's).

    ``duplicates`` are members whose name their object already had; ``not_finite`` are NaN, infinities and numbers
    beyond the range that JSON's readers share (RFC 8259 §6).
    """

    offsets: dict[str, int] = field(default_factory=dict)
    duplicates: list[tuple[str, int]] = field(default_factory=list)
    not_finite: list[tuple[str, int]] = field(default_factory=list)

    def offset(self, path: str) -> int:
        """Return where the value at ``path`` begins or, where there is none, the nearest value around it."""
        while path not in self.offsets:
            outer = _LAST_SEGMENT.sub("", path)
            if outer == path:
                return 0
            path = outer
        return self.offsets[path]


def offset_within(text: str, offset: int, characters: int) -> int:
    """Return the offset in ``text`` of a character of the JSON string that begins at ``offset``.

    ``characters`` counts those before it, as they are when the string is parsed.
    """
    position = offset + 1
    for _ in range(characters):
        match = _CHARACTER.match(text, position)
        if match is None:
            break
        position = match.end()
    return position


@dataclass(slots=True)
class _Container:
    """An object or array that the scan is inside of; ``member`` is the path of the value that comes next."""

    path: str
    is_object: bool
    names: set[str] = field(default_factory=set)
    index: int = 0
    member: str | None = None

    def next_path(self) -> str | None:
        """Return the path of the value at hand, or None where the name of a member is due."""
        if not self.is_object:
            return f"{self.path}[{self.index}]"
        path, self.member = self.member, None
        return path


def scan_positions(text: str) -> Positions:
    """Return where everything stands in ``text``, which must be JSON as ``json.loads`` accepts it."""
    found = Positions()
    around: list[_Container] = []
    for match in _LEXEME.finditer(text):
        lexeme, offset = match[0], match.start()
        if lexeme in "}]":
            around.pop()
        elif lexeme == ",":
            around[-1].index += 1
        elif lexeme != ":":
            _open_value(found, around, lexeme, offset)
    return found


def _open_value(found: Positions, around: list[_Container], lexeme: str, offset: int) -> None:
    path = around[-1].next_path() if around else "$"
    if path is None:
        _open_member(found, around[-1], json.loads(lexeme), offset)
        return
    found.offsets[path] = offset
    if lexeme in "{[":
        around.append(_Container(path, is_object=lexeme == "{"))
    elif not lexeme.startswith('"') and lexeme not in _WORDS and not math.isfinite(float(lexeme)):
        found.not_finite.append((path, offset))


def _open_member(found: Positions, container: _Container, name: str, offset: int) -> None:
    container.member = container.path + json_path((name,))[1:]
    if name in container.names:
        found.duplicates.append((container.member, offset))
    container.names.add(name)
