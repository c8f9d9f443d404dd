"""The lines of a text: where an offset stands, and what to show of it."""

import re
from bisect import bisect_right
from dataclasses import dataclass, replace

from widget_service.connectors.problems import Problem

_EXCERPT_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text; both count from 1, columns in characters."""

    line: int
    column: int


class TextLines:
    """A text that can tell the line and column of an offset and show it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]

    def position(self, offset: int) -> Position:
        """Return the place of the character at ``offset``."""
        line = bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)

    def offset(self, position: Position) -> int:
        """Return the offset of ``position``, or the text's length where the line is not there."""
        if position.line > len(self._starts):
            return len(self._text)
        return self._starts[position.line - 1] + position.column - 1

    def excerpt(self, position: Position) -> str:
        """Return the line at ``position``, cut to what a terminal shows, with a caret below the column."""
        start = self._starts[position.line - 1]
        end = self._starts[position.line] if position.line < len(self._starts) else len(self._text)
        first = max(0, position.column - 1 - _EXCERPT_WIDTH // 2)
        line = self._text[start:end].rstrip("\r\n")[first : first + _EXCERPT_WIDTH]
        visible = "".join(character if character.isprintable() else " " for character in line)
        return f"{visible}\n{' ' * (position.column - 1 - first)}^"

    def placed(self, problem: Problem, offset: int) -> Problem:
        """Return ``problem`` with the line and column of ``offset``, and that line to show."""
        position = self.position(offset)
        return replace(problem, line=position.line, column=position.column, excerpt=self.excerpt(position))
