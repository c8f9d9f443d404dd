"""``widget-service backup`` and ``restore``: a database in one file, and back again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from widget_service.cli.options import Config, Json, actor
from widget_service.cli.output import counted, print_json
from widget_service.cli.refusals import refusals

if TYPE_CHECKING:
    from widget_service.control.backups import Told
    from widget_service.settings import Settings

File = Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="The backup.")]


def backup(
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Replace the file where there is one.")] = False,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Write all that admins have made to FILE, as it is at this moment; the service may run meanwhile.

    Secrets are in it as ciphertext only. The master key is not in it: keep a copy of that somewhere else.
    """
    from widget_service.control.backups import make_backup

    with refusals():
        told = make_backup(_settings(config), file, force=force)
    _print(told, f"Change {told.revision} backed up to {file}: {counted(told.rows, 'row')}.", json_)


def restore(
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Replace all that the database holds.")] = False,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Put the backup FILE into the database, as a whole or not at all; processes that serve it notice by themselves."""
    from widget_service.control.backups import restore_backup

    with refusals():
        told = restore_backup(_settings(config), file, actor=actor(), force=force)
    _print(told, f"Restored as of {told.made_at}, as change {told.revision}: {counted(told.rows, 'row')}.", json_)


def _settings(config: Path | None) -> "Settings":
    from widget_service.cli.environment import warn_of_unknown_settings
    from widget_service.settings import load_settings

    warn_of_unknown_settings()
    return load_settings(file=config)


def _print(told: "Told", sentence: str, as_json: bool) -> None:
    if as_json:
        from dataclasses import asdict

        print_json(asdict(told))
    else:
        typer.echo(sentence)
