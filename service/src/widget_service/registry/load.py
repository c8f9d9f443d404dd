"""Reading a registry file: from its bytes to a document that knows its lines, or to what is wrong with the text."""

import codecs
import errno
import json
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from widget_service.connectors.problems import Problem, json_type
from widget_service.registry.json_positions import Positions, offset_within
from widget_service.registry.json_text import parse_json
from widget_service.registry.text_lines import Position, TextLines

MAX_REGISTRY_BYTES = 10 * 1024 * 1024

_UTF8 = "UTF-8; save the file again in that encoding"
_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_OTHER_ENCODINGS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A registry as parsed JSON (``value``), with its text so that problems can say their line and column."""

    value: dict[str, Any]
    text: str = field(repr=False)
    positions: Positions = field(repr=False)

    def located(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return ``problems`` with the line and column of the values that their paths name.

        Where there is no value (a missing field), it is the one around it.
        """
        lines = TextLines(self.text)
        return [lines.placed(problem, self._offset(problem)) for problem in problems]

    def _offset(self, problem: Problem) -> int:
        offset = self.positions.offset(problem.path)
        if problem.within is None or not self.text.startswith('"', offset):
            return offset
        value, _ = json.JSONDecoder().raw_decode(self.text, offset)
        return offset_within(self.text, offset, TextLines(value).offset(Position(*problem.within)))


def read_registry(path: Path) -> tuple[Document | None, list[Problem]]:
    """Read the file at ``path``; return its document and warnings, or None and the errors.

    Nothing is raised for a file that is missing or cannot be read: that is a problem too.
    """
    try:
        raw = _read_regular_file(path)
    except OSError as error:
        message = f"cannot be read: {error.strerror or type(error).__name__}"
        return None, [_problem("unreadable", message, _advice(error))]
    return parse_registry(raw)


def _read_regular_file(path: Path) -> bytes:
    """Read what is a file, inside of its own folder: a repository of somebody else may hold links to anything."""
    if not path.resolve().is_relative_to(path.parent.resolve()):
        raise OSError(errno.ELOOP, "is a link that leads out of its folder")
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "is no file")
        return file.read(MAX_REGISTRY_BYTES + 1)


def parse_registry(raw: bytes) -> tuple[Document | None, list[Problem]]:
    """Parse the bytes of a registry; return as `read_registry` does."""
    if len(raw) > MAX_REGISTRY_BYTES:
        expected = f"at most {MAX_REGISTRY_BYTES // 1024 // 1024} MiB"
        return None, [_problem("too_large", "is too large for a registry", expected)]
    text, problems = _decode(raw)
    if text is None:
        return None, problems
    value, positions, faults = parse_json(text)
    problems += faults
    if any(fault.is_error for fault in faults):
        return None, problems
    if not isinstance(value, dict):
        problems = [*problems, _problem("wrong_type", f"is {json_type(value)}", 'an object: {"connectors": [...]}')]
        return None, problems
    return Document(value, text, positions), problems


def _decode(raw: bytes) -> tuple[str | None, list[Problem]]:
    for mark, name in _OTHER_ENCODINGS:
        if raw.startswith(mark):
            return None, [_problem("encoding", f"is encoded as {name}", _UTF8)]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = _problem("encoding", f"holds a byte (0x{raw[error.start]:02x}) that is not UTF-8", _UTF8)
        offset = len(raw[: error.start].decode("utf-8"))
        return None, [TextLines(raw.decode("utf-8", "replace")).placed(problem, offset)]
    if not text.startswith(_BYTE_ORDER_MARK):
        return text, []
    message, expected = "begins with a byte order mark", "UTF-8 without a mark, which other readers of JSON refuse"
    warning = Problem(path="$", code="byte_order_mark", message=message, expected=expected, severity="warning")
    return text[1:], [warning]


def _advice(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "let the user who runs this read the file"
    return "check the path: a registry file, or the folder that holds it"


def _problem(code: str, message: str, expected: str) -> Problem:
    return Problem(path="$", code=code, message=message, expected=expected)
