"""The few forms of Markdown that reference pages are made of."""

import re
from collections.abc import Iterable, Sequence

NOTE = "<!-- Made by `make docs-reference`; changes belong into the code. -->"
_REST_CODE = re.compile(r"``(.+?)``")


def page(title: str, *parts: str) -> str:
    """Return a page of that title; empty parts are left out."""
    return "\n\n".join([NOTE, f"# {title}", *(part.strip("\n") for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; cells are Markdown."""
    lines = [_row(head), "|" + "---|" * len(head), *(_row([str(cell) for cell in row]) for row in rows)]
    return "\n".join(lines)


def code(text: object) -> str:
    """Return an inline literal, empty for nothing."""
    text = str(text)
    return f"`` {text} ``" if "`" in text else f"`{text}`" if text else ""


def listed(names: Iterable[object]) -> str:
    """Return literals, separated by commas."""
    return ", ".join(map(code, names))


def prose(text: str) -> str:
    """Return a docstring as Markdown: literals with single quotes, lines joined, paragraphs kept."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(_REST_CODE.sub(r"`\1`", " ".join(paragraph.split())) for paragraph in paragraphs)


def fenced(language: str, text: str) -> str:
    """Return a block of code."""
    return f"```{language}\n{text.strip()}\n```"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(re.sub(r"(?<!\\)\|", r"\\|", cell.replace("\n", " ")) for cell in cells) + " |"
