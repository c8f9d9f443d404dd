"""``widget-service settings``: the table of settings, with what this process would use."""

import json
from pathlib import Path
from textwrap import fill
from typing import Annotated, Any

import typer

from widget_service.cli.environment import warn_of_unknown_settings
from widget_service.cli.exit_codes import REFUSED

_INDENT = "    "


def settings(
    config: Annotated[Path | None, typer.Option("--config", help="A TOML file with settings.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the settings as JSON.")] = False,
) -> None:
    """Print every setting: its name in the environment, its value here, its default and its meaning."""
    from widget_service.control.settings_table import settings_table
    from widget_service.settings import SettingsError, load_settings

    warn_of_unknown_settings()
    try:
        loaded = load_settings(file=config)
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from None
    rows = settings_table(loaded)
    if json_:
        typer.echo(json.dumps(rows, indent=2))
        return
    _print_settings(rows)


def _print_settings(rows: list[dict[str, Any]]) -> None:
    """Print two lines for each: names and values stay whole on terminals of any width, and can be searched for."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    for row in rows:
        value, default = escape(str(row["value"])), escape(str(row["default"]))
        changed = row["value"] != row["default"]
        shown = f"[bold]{value}[/bold]   [dim](default: {default})[/dim]" if changed else value
        console.print(f"{row['name']} = {shown}", soft_wrap=True)
        meaning = fill(row["meaning"], console.width, initial_indent=_INDENT, subsequent_indent=_INDENT)
        console.print(escape(meaning), soft_wrap=True)
