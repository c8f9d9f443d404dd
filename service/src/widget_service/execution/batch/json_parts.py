"""JSON objects and lists, part by part, each with its own text: what is passed on is passed on as it was written.

No step of it takes long, whatever the text: in a thread, it keeps nobody waiting.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

MAX_DEPTH: Final = 1000
MAX_LARGE_PARTS: Final = 50_000
"""Lists and objects of one text that are more than a few values: each takes microseconds."""

_S = r"[ \t\n\r]*+"
_PIECES = r'(?:[^"\\\x00-\x1f]{1,64}+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))'
_TEXT = rf'"{_PIECES}{{0,4096}}+"'
_SCALAR = rf"(?:{_TEXT}|-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+|true|false|null)"
_MANY, _FEW = 100, 15
_NAMED = rf"{_TEXT}{_S}:{_S}"


def _small(value: str) -> str:
    """Return the pattern of a value, or of a list or an object of a few of them."""
    more = rf"{{0,{_FEW}}}+"
    a_list = rf"\[{_S}(?:{value}{_S}(?:,{_S}{value}{_S}){more})?+\]"
    an_object = rf"\{{{_S}(?:{_NAMED}{value}{_S}(?:,{_S}{_NAMED}{value}{_S}){more})?+\}}"
    return rf"(?>{value}|{a_list}|{an_object})"


_SMALL = _small(_small(_SCALAR))
_SPACE = re.compile(_S)
_VALUE = re.compile(rf'{_SMALL}|[\[{{"]')
_OF_LONG_TEXT = re.compile(rf"{_PIECES}{{1,4096}}+")
_NAME = re.compile(_NAMED)
_SMALL_ONES: Final = {
    "]": re.compile(rf"(?:{_SMALL}{_S},{_S}){{0,{_MANY}}}+"),
    "}": re.compile(rf"(?:{_NAMED}{_SMALL}{_S},{_S}){{0,{_MANY}}}+"),
}
"""Many values that are followed by others, at one go: in a list, and in an object."""
_NO_NUMBER = re.compile("NaN|-?Infinity")
_CLOSING: Final = {"[": "]", "{": "}"}


class NotJson(ValueError):
    """The text is no JSON; the message says where."""


class Pairs(list[tuple[str, Any]]):
    """A JSON object as it stands, members of the same name included."""


class JsonText:
    """A text that is read as JSON, once, from its beginning to its end. Every method raises `NotJson`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._large_parts = 0
        self._skip()

    def members(self) -> Iterator[str]:
        """Yield the name of each member of an object; whoever asks takes its `value` before the next one."""
        for _ in self._parts("{", "}"):
            name = self._match(_NAME, "the name of a member")
            yield value_of(name.rstrip(" \t\n\r:"))

    def items(self) -> Iterator[None]:
        """Stop at each value of a list; whoever asks takes it before the next one."""
        yield from self._parts("[", "]")

    def value(self) -> str:
        """Return the text of the value that stands here."""
        start, open_ones = self._at, list[str]()
        while True:
            found = self._match(_VALUE, "a value")
            if found == '"':
                self._long_text()
            end = self._at
            closing = _CLOSING.get(found)
            if closing is not None:  # it is more than a small one
                self._open(open_ones, closing)
                continue
            end = self._close(open_ones, end)
            if not open_ones:
                break
        text = self._text[start:end]
        self._skip()
        return text

    def is_next(self, character: str) -> bool:
        """Whether the value that stands here begins so."""
        return self._text.startswith(character, self._at)

    def end(self) -> None:
        """Take note that nothing may follow."""
        if self._at != len(self._text):
            raise self._error("the end")

    def _long_text(self) -> None:
        while match := _OF_LONG_TEXT.match(self._text, self._at):
            self._at = match.end()
        if not self.is_next('"'):
            raise self._error("the end of a text")
        self._at += 1

    def _open(self, open_ones: list[str], closing: str) -> None:
        if len(open_ones) >= MAX_DEPTH:
            raise NotJson("it is nested too deeply")
        self._large_parts += 1
        if self._large_parts > MAX_LARGE_PARTS:
            raise NotJson(f"it has more than {MAX_LARGE_PARTS} lists and objects that hold many others")
        open_ones.append(closing)
        self._skip()
        self._next_one(closing)

    def _close(self, open_ones: list[str], end: int) -> int:
        """Go on behind a value, to where the next one stands; return where the last one ended."""
        while open_ones:
            self._skip()
            closing = open_ones[-1]
            if not self.is_next(closing):
                self._take(",")
                self._next_one(closing)
                break
            open_ones.pop()
            self._at = end = self._at + 1
        return end

    def _next_one(self, closing: str) -> None:
        """Go on to the next value within a list or an object that is not a small one, or is the last."""
        self._match(_SMALL_ONES[closing], "a value")
        if closing == "}":
            self._match(_NAME, "the name of a member")

    def _parts(self, opening: str, closing: str) -> Iterator[None]:
        self._take(opening)
        if not self.is_next(closing):
            yield
            while not self.is_next(closing):
                self._take(",")
                yield
        self._take(closing)

    def _match(self, pattern: re.Pattern[str], expected: str) -> str:
        match = pattern.match(self._text, self._at)
        if match is None:
            no_number = _NO_NUMBER.match(self._text, self._at)
            raise self._error(f"{expected}, not a number that is none," if no_number else expected)
        self._at = match.end()
        return match[0]

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


def value_of(text: str) -> Any:
    """Return the value that the text of a `JsonText.value` stands for; objects are `Pairs`."""
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise NotJson("it is nested too deeply, or holds a number that is none") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=Pairs, parse_constant=_no_constant)
