"""JSON objects and lists, part by part, each with its own text: what is passed on is passed on as it was written."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

_SPACE = re.compile(r"[ \t\n\r]*")


class NotJson(ValueError):
    """The text is no JSON; the message says where."""


class Pairs(list[tuple[str, Any]]):
    """A JSON object as it stands, members of the same name included."""


class JsonText:
    """A text that is read as JSON, once, from its beginning to its end. Every method raises `NotJson`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._skip()

    def members(self) -> Iterator[str]:
        """Yield the name of each member of an object; whoever asks takes its `value` before the next one."""
        for _ in self._parts("{", "}"):
            if self._text[self._at : self._at + 1] != '"':
                raise self._error("the name of a member")
            name = self.value()[0]
            self._take(":")
            yield name

    def items(self) -> Iterator[None]:
        """Stop at each value of a list; whoever asks takes it before the next one."""
        yield from self._parts("[", "]")

    def value(self) -> tuple[Any, str]:
        """Return the value that stands here, and its text; objects are `Pairs`."""
        try:
            value, end = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            raise NotJson(f"line {error.lineno}, column {error.colno}") from None
        except (ValueError, RecursionError):
            raise NotJson("it is nested too deeply, or holds a number that is none") from None
        text = self._text[self._at : end]
        self._at = end
        self._skip()
        return value, text

    def is_next(self, character: str) -> bool:
        """Whether the value that stands here begins so."""
        return self._text.startswith(character, self._at)

    def end(self) -> None:
        """Take note that nothing may follow."""
        if self._at != len(self._text):
            raise self._error("the end")

    def _parts(self, opening: str, closing: str) -> Iterator[None]:
        self._take(opening)
        if not self.is_next(closing):
            yield
            while not self.is_next(closing):
                self._take(",")
                yield
        self._take(closing)

    def _take(self, character: str) -> None:
        if not self.is_next(character):
            raise self._error(f"'{character}'")
        self._at += 1
        self._skip()

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._at)
        assert match is not None
        self._at = match.end()

    def _error(self, expected: str) -> NotJson:
        error = json.JSONDecodeError(expected, self._text, self._at)
        return NotJson(f"line {error.lineno}, column {error.colno}: {expected} must stand there")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=Pairs, parse_constant=_no_constant)
