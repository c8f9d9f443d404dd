"""``widget-service variables``: plain values that definitions read."""

from datetime import datetime
from typing import Annotated

import typer

from widget_service.cli.options import DEFAULT_TENANT, Config, Json, Tenant, Token, Url
from widget_service.cli.output import moment, print_json, print_table
from widget_service.cli.place import placed
from widget_service.cli.usage import Commands

app = Commands(name="variables", help="Keep plain values that definitions read.", no_args_is_help=True)

_MEMBERS = ("name", "value", "version", "read_by", "updated_at")

Name = Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and underscores.")]


@app.command("set")
def set_(
    name: Name,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its value, which everybody here may see.")],
    tenant: Tenant = DEFAULT_TENANT,
    config: Config = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Set a variable."""
    with placed(config, url, token) as place:
        variable = place.set_value("variables", tenant, name, {"value": value})
    typer.echo(f"Set the variable {variable['name']}, version {variable['version']}.")


@app.command("list")
def list_(
    tenant: Tenant = DEFAULT_TENANT, config: Config = None, url: Url = None, token: Token = None, json_: Json = False
) -> None:
    """List the variables with their values, and what reads them."""
    with placed(config, url, token) as place:
        rows = place.list_values("variables", tenant)
    if json_:
        print_json([{name: row[name] for name in _MEMBERS} for row in rows])
        return
    print_table(
        ("NAME", "VALUE", "READ BY", "UPDATED (UTC)"),
        [
            (
                row["name"],
                row["value"],
                ", ".join(row["read_by"]) or "nothing",
                moment(datetime.fromisoformat(row["updated_at"])),
            )
            for row in rows
        ],
        empty="There are no variables. Set one: widget-service variables set NAME VALUE",
    )


@app.command()
def rm(
    name: Name, tenant: Tenant = DEFAULT_TENANT, config: Config = None, url: Url = None, token: Token = None
) -> None:
    """Delete a variable."""
    with placed(config, url, token) as place:
        known = {row["name"]: row["read_by"] for row in place.list_values("variables", tenant)}
        place.remove_value("variables", tenant, name)
    typer.echo(f"Deleted the variable {name}.")
    if known.get(name):
        typer.echo(f"It is still read by {', '.join(known[name])}: their executions fail until it is set.", err=True)
