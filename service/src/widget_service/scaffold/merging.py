"""Adding an entry to a list of a registry, in the file's own formatting: every other character stays."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from widget_service.connectors.problems import json_path
from widget_service.registry.load import Document, parse_registry

_INDENTED = re.compile(r"^([ \t]+)\S", re.MULTILINE)
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_DEFAULT_UNIT = "  "


class UnusableRegistry(Exception):
    """A registry that nothing can be added to; the text says what is wrong with it."""


def entries_of(file: Path, list_: str) -> list[Any]:
    """Return the entries of a list; raise `UnusableRegistry`."""
    document = _document(file)
    entries = document.value.get(list_, []) if document is not None else []
    if not isinstance(entries, list):
        raise UnusableRegistry(f"{file.name}: '{list_}' is no list; mend it first.")
    return entries


def add_entry(file: Path, list_: str, entry: Mapping[str, Any]) -> None:
    """Add ``entry`` at the end of a list, in a new file where there is none; raise `UnusableRegistry`."""
    before = entries_of(file, list_)
    document = _document(file)
    if document is None:
        _write(file, json.dumps({list_: [entry]}, indent=2, ensure_ascii=False) + "\n")
        return
    text = with_entry(document, list_, entry)
    if json.loads(text) != {**document.value, list_: [*before, entry]}:
        raise UnusableRegistry(f"{file.name} is written in a way that nothing can be added to; add the entry by hand.")
    _write(file, (_MARK if file.read_bytes().startswith(_MARK.encode()) else "") + text)


def with_entry(document: Document, list_: str, entry: Mapping[str, Any]) -> str:
    """Return the text of a registry with ``entry`` at the end of a list."""
    text, style = document.text, _Style(document.text)
    if list_ not in document.value:
        return _with_member(document, list_, style.dumped([entry], style.unit))
    start = document.positions.offsets[json_path((list_,))]
    end = json.JSONDecoder().raw_decode(text, start)[1] - 1
    count = len(document.value[list_])
    if not count:
        indent = style.indent_at(start)
        inner = style.dumped([entry], indent)
        return text[:start] + inner + text[end + 1 :]
    last = document.positions.offsets[json_path((list_, count - 1))]
    behind = json.JSONDecoder().raw_decode(text, last)[1]
    own_indent = style.own_indent(last)
    if own_indent is None:
        return f"{text[:behind]}, {json.dumps(entry, ensure_ascii=False)}{text[behind:]}"
    return f"{text[:behind]},{style.line_end}{own_indent}{style.dumped(entry, own_indent)}{text[behind:]}"


def _with_member(document: Document, name: str, value: str) -> str:
    text, style = document.text, _Style(document.text)
    key = json.dumps(name)
    if not document.value:
        start = text.index("{")
        end = text.rindex("}")
        return f"{text[:start]}{{{style.line_end}{style.unit}{key}: {value}{style.line_end}}}{text[end + 1 :]}"
    last = document.positions.offsets[json_path((list(document.value)[-1],))]
    behind = json.JSONDecoder().raw_decode(text, last)[1]
    if not style.has_lines:
        return f"{text[:behind]}, {key}: {value}{text[behind:]}"
    return f"{text[:behind]},{style.line_end}{style.unit}{key}: {value}{text[behind:]}"


class _Style:
    """How a file is written: its indentation and its line ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.has_lines = "\n" in text.strip()
        self.line_end = "\r\n" if "\r\n" in text else "\n"
        indented = _INDENTED.search(text)
        self.unit = indented[1] if indented else _DEFAULT_UNIT

    def indent_at(self, offset: int) -> str:
        """Return the indentation of the line that ``offset`` stands in."""
        line = self._text[self._text.rfind("\n", 0, offset) + 1 : offset]
        return line[: len(line) - len(line.lstrip())]

    def own_indent(self, offset: int) -> str | None:
        """Return what stands before ``offset`` on its line; None where that is more than space."""
        start = self._text.rfind("\n", 0, offset) + 1
        before = self._text[start:offset]
        return before if start and not before.strip() else None

    def dumped(self, value: Any, indent: str) -> str:
        """Return ``value`` as JSON whose further lines begin with ``indent``."""
        if not self.has_lines and self._text.strip() != "{}":
            return json.dumps(value, ensure_ascii=False)
        lines = json.dumps(value, indent=self.unit, ensure_ascii=False).split("\n")
        return f"{self.line_end}{indent}".join(lines)


def _document(file: Path) -> Document | None:
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnusableRegistry(f"{file.name} cannot be read: {error.strerror}.") from None
    document, problems = parse_registry(raw)
    if document is None:
        reasons = "; ".join(f"line {problem.line}: {problem.message}" for problem in problems if problem.is_error)
        raise UnusableRegistry(f"{file.name} is broken, mend it first: {reasons}.")
    return document


def _write(file: Path, text: str) -> None:
    temporary = file.with_name(f".{file.name}.new")
    temporary.write_bytes(text.encode())
    os.replace(temporary, file)
