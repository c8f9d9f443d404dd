"""``widget-service settings``: the table of settings, with what this process would use."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from widget_service.cli.exit_codes import REFUSED


def settings(
    config: Annotated[Path | None, typer.Option("--config", help="A TOML file with settings.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the settings as JSON.")] = False,
) -> None:
    """Print every setting: its name in the environment, its value here, its default and its meaning."""
    from widget_service.settings import ENV_PREFIX, SettingsError, load_settings

    try:
        loaded = load_settings(file=config)
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from None
    rows = [
        {
            "name": ENV_PREFIX + name.upper(),
            "value": _shown(getattr(loaded, name)),
            "default": _shown(field.default),
            "meaning": field.description,
        }
        for name, field in type(loaded).model_fields.items()
    ]
    if json_:
        typer.echo(json.dumps(rows, indent=2))
        return
    _print_table(rows)


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for column in ("name", "value", "default", "meaning"):
        table.add_column(column, overflow="fold")
    for row in rows:
        changed = row["value"] != row["default"]
        value = f"[bold]{row['value']}[/bold]" if changed else str(row["value"])
        table.add_row(row["name"], value, str(row["default"]), row["meaning"])
    Console(highlight=False).print(table)


def _shown(value: object) -> object:
    if value is None:
        return "none"
    if isinstance(value, Path) or hasattr(value, "get_secret_value"):  # a secret shows its mask
        return str(value)
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value) or "none"
    return value
