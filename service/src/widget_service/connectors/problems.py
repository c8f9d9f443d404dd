"""What is wrong in a registry, where it is, and what would be right."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
Location = tuple[str | int, ...]
"""Where a value stands in a JSON document: member names and array indexes, from the root."""

_MEMBER_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DIGITS = re.compile(r"([0-9]+)")
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend in a registry.

    ``path`` is a JSONPath (RFC 9535) such as ``$.connectors[2].headers[0].key``; ``message`` says what is wrong
    and ``expected`` what would be right. An error refuses the whole registry, a warning does not. ``line`` and
    ``column`` count from 1 and point at the value in the file, where it came from one; ``excerpt`` is that line
    with a caret below it. ``within`` is a line and column inside of the value, where that is a template; a document
    turns it into those of the file. ``subject`` is the permalink, or another name, of the definition concerned.
    """

    path: str
    message: str
    expected: str = ""
    severity: Severity = "error"
    code: str | None = None
    line: int | None = None
    column: int | None = None
    subject: str | None = None
    excerpt: str | None = None
    within: tuple[int, int] | None = None

    @property
    def is_error(self) -> bool:
        """Whether the problem refuses the registry."""
        return self.severity == "error"

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the problem as plain JSON values, every field present."""
        return {
            "path": self.path,
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "expected": self.expected,
            "subject": self.subject,
            "line": self.line,
            "column": self.column,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a value, for a check that does not know where the value stands (fields as in `Problem`)."""

    code: str
    message: str
    expected: str
    severity: Severity = "error"
    within: tuple[int, int] | None = None

    def at(self, path: str, *, subject: str | None = None) -> Problem:
        """Return the problem that this finding is at ``path``, its texts fit for a terminal."""
        return Problem(
            path=path,
            message=_printable(self.message),
            expected=_printable(self.expected),
            severity=self.severity,
            code=self.code,
            subject=_printable(subject) if subject is not None else None,
            within=self.within,
        )


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return ``problems`` in the order of the document, the same on every run, each of them once.

    Problems without a line come first; among equals the path decides, with array indexes as numbers.
    """
    return tuple(sorted(dict.fromkeys(problems), key=_rank))


def json_path(location: Iterable[str | int]) -> str:
    """Return the JSONPath of ``location``: ``("connectors", 2, "a-b")`` is ``$.connectors[2]['a-b']``."""
    return "$" + "".join(map(_segment, location))


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that ``name`` was probably meant to be, or None."""
    by_lowercase = {candidate.lower(): candidate for candidate in sorted(known, reverse=True)}
    matches = difflib.get_close_matches(name.lower(), by_lowercase, n=1, cutoff=0.6)
    return by_lowercase[matches[0]] if matches else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'headers'?"``, or nothing when no known name is near."""
    nearest = nearest_name(name, known)
    return f" Did you mean '{nearest}'?" if nearest else ""


def listed(names: Iterable[str]) -> str:
    """Return names for a sentence: ``'a', 'b' and 'c'``."""
    quoted = [f"'{name}'" for name in names]
    return " and ".join(filter(None, [", ".join(quoted[:-1]), *quoted[-1:]]))


def shown(value: object) -> str:
    """Return a value of a definition for a message: its JSON type, and a short text itself, on one line."""
    if isinstance(value, str):
        text = _printable(value)
        return f"'{text}'" if len(text) <= _SHOWN_CHARACTERS else f"'{text[:_SHOWN_CHARACTERS]}…'"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"the number {value}" if isinstance(value, int | float) else json_type(value)


def json_type(value: object) -> str:
    """Return what a parsed JSON value is, for a sentence: ``"text"``, ``"a list"``, ``"null"`` …"""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case Mapping():
            return "an object"
        case _:
            return "a list"


def _segment(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if _MEMBER_NAME.fullmatch(part):
        return f".{part}"
    escaped = part.replace("\\", "\\\\").replace("'", "\\'")
    if not escaped.isprintable():  # RFC 9535 §2.7 escapes control characters; nothing else that moves a cursor stays
        escaped = "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in escaped)
    return f"['{escaped}']"


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _rank(problem: Problem) -> tuple[object, ...]:
    # Digits stand at the odd places. They are not read as numbers, which could be too long for that.
    parts = _DIGITS.split(problem.path)
    path = [(len(part), part) if index % 2 else part for index, part in enumerate(parts)]
    place = (problem.line or 0, problem.column or 0, path, problem.within or (0, 0))
    return (*place, problem.severity, problem.message)
