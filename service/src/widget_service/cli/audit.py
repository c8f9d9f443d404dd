"""``widget-service audit``: who changed what, and whether the log of it is whole."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from widget_service.cli.exit_codes import REFUSED
from widget_service.cli.options import Config, Json, Token, Url
from widget_service.cli.output import counted, print_json
from widget_service.cli.place import placed
from widget_service.cli.refusals import opened, refusals, refuse, wrong_usage
from widget_service.cli.usage import Commands

if TYPE_CHECKING:
    from widget_service.control.audit import Verdict
    from widget_service.storage.audit import Entry

app = Commands(name="audit", help="Check and export the log of all changes.", no_args_is_help=True)


@app.command()
def verify(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="An export, instead of the database.")] = None,
    noted: Annotated[
        str | None, typer.Option("--noted", metavar="NUMBER:HASH", help="What an earlier run has printed.")
    ] = None,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Check that no entry was changed, deleted or added; the first that is wrong is named.

    It prints the last entry's number and hash. Kept elsewhere and given as --noted later, they catch a log that was cut
    off at its end too.
    """
    from widget_service.control import audit

    known = _noted(noted)
    if file is not None:
        with refusals(), file.open(encoding="utf-8") as lines:
            verdict = audit.verify_entries(_entries(file, lines), noted=known)
    else:
        with opened(config) as plane:
            verdict = audit.verify(plane, noted=known)
    if json_:
        print_json(asdict(verdict))
    else:
        _tell(verdict)
    if not verdict.is_intact:
        raise typer.Exit(REFUSED)


@app.command()
def export(
    file: Annotated[Path | None, typer.Option("--file", metavar="FILE", help="Write there.")] = None,
    config: Config = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Print all entries as lines of JSON (NDJSON), the oldest first."""
    with placed(config, url, token) as place:
        if file is None:
            for line in place.audit_lines():
                typer.echo(line)
            return
        with refusals(), file.open("w", encoding="utf-8") as out:
            count = sum(1 for line in place.audit_lines() if out.write(line + "\n"))
    typer.echo(f"{file}: {counted(count, 'line')}.")


def _tell(verdict: "Verdict") -> None:
    if verdict.is_intact:
        typer.echo(f"The log is whole: {verdict.count} entries. Note elsewhere: {verdict.count}:{verdict.hash}")
    elif verdict.broken is not None:
        typer.echo(f"The log is broken: entry {verdict.broken} {verdict.reason}.", err=True)
    else:
        typer.echo(verdict.reason, err=True)


def _entries(file: Path, lines: Iterator[str]) -> Iterator["Entry"]:
    from widget_service.control.audit import entry_of

    for number, line in enumerate(lines, start=1):
        try:
            yield entry_of(line)
        except ValueError:
            refuse(f"{file}: line {number} is no entry of an audit log.")


def _noted(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, separator, hash_ = text.partition(":")
    if not separator or not number.isdigit() or len(hash_) != 64:
        wrong_usage("--noted takes NUMBER:HASH, as `widget-service audit verify` prints it.")
    return int(number), hash_
