"""What commands print: JSON for programs, tables for people."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import typer

from widget_service.cli.refusals import wrong_usage


def print_json(value: Any) -> None:
    """Print a value as indented JSON; what would move a terminal's cursor stands there as an escape of JSON."""
    lines = json.dumps(value, indent=2, ensure_ascii=False).split("\n")
    typer.echo("\n".join(line if line.isprintable() else "".join(map(_json_escaped, line)) for line in lines))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Print rows in columns as wide as they need to be; ``empty`` where there are none."""
    lines = [columns, *(tuple(one_line(cell) for cell in row) for row in rows)]
    if len(lines) == 1:
        typer.echo(empty)
        return
    widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
    for line in lines:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def one_line(text: str) -> str:
    """Return a text as it may stand on a terminal's line: what would move the cursor is written as an escape."""
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def moment(at: datetime) -> str:
    """Return a moment for people, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}"


def counted(number: int, noun: str) -> str:
    """Return such as ``1 secret`` or ``3 secrets``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask on a terminal; elsewhere ``--yes`` must have been given."""
    if yes:
        return True
    if not sys.stdin.isatty():
        wrong_usage(f"{question} There is nobody to ask: give --yes.")
    return typer.confirm(question)


def _json_escaped(character: str) -> str:
    return character if character.isprintable() else json.dumps(character)[1:-1]


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode()
