"""``widget-service variables``: plain values that definitions read."""

from typing import Annotated

import typer

from widget_service.cli.options import DEFAULT_TENANT, Config, Json, Tenant, actor
from widget_service.cli.output import moment, print_json, print_table
from widget_service.cli.refusals import opened
from widget_service.cli.usage import Commands

app = Commands(name="variables", help="Keep plain values that definitions read.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and underscores.")]


@app.command("set")
def set_(
    name: Name,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its value, which everybody here may see.")],
    tenant: Tenant = DEFAULT_TENANT,
    config: Config = None,
) -> None:
    """Set a variable."""
    from widget_service.control import values

    with opened(config) as plane:
        variable = values.set_variable(plane, tenant, name, value, actor=actor())
    typer.echo(f"Set the variable {variable.name}, version {variable.version}.")


@app.command("list")
def list_(tenant: Tenant = DEFAULT_TENANT, config: Config = None, json_: Json = False) -> None:
    """List the variables with their values, and what reads them."""
    from widget_service.control import values
    from widget_service.control.definitions import list_definitions, readers

    with opened(config) as plane:
        variables, reads = values.list_variables(plane, tenant), readers(list_definitions(plane, tenant))
    if json_:
        print_json(
            [
                {
                    "name": variable.name,
                    "value": variable.value,
                    "version": variable.version,
                    "read_by": reads.get(variable.name, []),
                    "updated_at": variable.updated_at.isoformat(),
                }
                for variable in variables
            ]
        )
        return
    print_table(
        ("NAME", "VALUE", "READ BY", "UPDATED (UTC)"),
        [
            (each.name, each.value, ", ".join(reads.get(each.name, [])) or "nothing", moment(each.updated_at))
            for each in variables
        ],
        empty="There are no variables. Set one: widget-service variables set NAME VALUE",
    )


@app.command()
def rm(name: Name, tenant: Tenant = DEFAULT_TENANT, config: Config = None) -> None:
    """Delete a variable."""
    from widget_service.control import values
    from widget_service.control.definitions import list_definitions, readers

    with opened(config) as plane:
        values.remove_variable(plane, tenant, name, actor=actor())
        readers_left = readers(list_definitions(plane, tenant)).get(name, [])
    typer.echo(f"Deleted the variable {name}.")
    if readers_left:
        typer.echo(f"It is still read by {', '.join(readers_left)}: their executions fail until it is set.", err=True)
