"""``widget-service tenants``: who owns connectors, secrets and variables."""

from typing import Annotated, Any

import typer

from widget_service.cli.options import DEFAULT_TENANT, Config, Json, actor
from widget_service.cli.output import confirmed, counted, print_json, print_table
from widget_service.cli.refusals import opened, wrong_usage
from widget_service.cli.usage import Commands

app = Commands(
    name="tenants",
    help="Add and change tenants; each has everything of its own. "
    f"This version of `widget-service serve` serves the tenant {DEFAULT_TENANT}, and refuses the host names of others.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and single hyphens.")]
Hosts = Annotated[
    list[str] | None, typer.Option("--host", metavar="HOST", help="A host name that it answers to (repeatable).")
]
Origins = Annotated[
    list[str] | None, typer.Option("--origin", metavar="ORIGIN", help="An origin whose pages may call it (repeatable).")
]


@app.command()
def add(name: Name, hosts: Hosts = None, origins: Origins = None, config: Config = None) -> None:
    """Add a tenant, with a key of its own for its secrets."""
    from widget_service.control import tenants

    with opened(config) as plane:
        tenant = tenants.add_tenant(plane, name, actor=actor(), hosts=hosts or (), origins=origins or ())
    typer.echo(f"Added the tenant {tenant.id}. Its secrets: widget-service secrets set NAME --tenant {tenant.id}")


@app.command("list")
def list_(config: Config = None, json_: Json = False) -> None:
    """List the tenants."""
    from widget_service.control import tenants

    with opened(config) as plane:
        listed = tenants.list_tenants(plane)
    if json_:
        print_json([_as_dict(tenant) for tenant in listed])
        return
    print_table(
        ("NAME", "HOSTS", "ORIGINS"),
        [(each.id, ", ".join(each.hosts) or "any", ", ".join(each.origins) or "its own") for each in listed],
        empty="There are no tenants. Run: widget-service init",
    )


@app.command("set")
def set_(
    name: Name,
    hosts: Hosts = None,
    origins: Origins = None,
    no_hosts: Annotated[bool, typer.Option("--no-hosts", help="Take all its host names away.")] = False,
    no_origins: Annotated[bool, typer.Option("--no-origins", help="Take all its origins away.")] = False,
    config: Config = None,
) -> None:
    """Change a tenant: what is given replaces what was there."""
    from widget_service.control import tenants

    if (hosts and no_hosts) or (origins and no_origins):
        wrong_usage("--host and --no-hosts exclude each other, and so do --origin and --no-origins.")
    if not (hosts or origins or no_hosts or no_origins):
        wrong_usage("There is nothing to change: give --host, --origin, --no-hosts or --no-origins.")
    with opened(config) as plane:
        tenant = tenants.set_tenant(
            plane,
            name,
            actor=actor(),
            hosts=[] if no_hosts else hosts or None,
            origins=[] if no_origins else origins or None,
        )
    typer.echo(
        f"{tenant.id}: hosts {', '.join(tenant.hosts) or 'any'}; origins {', '.join(tenant.origins) or 'its own'}."
    )


@app.command()
def rm(
    name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, config: Config = None
) -> None:
    """Delete a tenant with everything that it has."""
    from widget_service.control import definitions, tenants, values

    with opened(config) as plane:
        connectors = len(definitions.list_definitions(plane, name))
        secrets, variables = len(values.list_secrets(plane, name)), len(values.list_variables(plane, name))
        holds = f"{counted(connectors, 'connector')}, {counted(secrets, 'secret')}, {counted(variables, 'variable')}"
        if not confirmed(f"Delete the tenant {name} with {holds}?", yes=yes):
            typer.echo("Nothing was deleted.")
            return
        tenants.remove_tenant(plane, name, actor=actor())
    typer.echo(f"Deleted the tenant {name} with {holds}.")


def _as_dict(tenant: Any) -> dict[str, Any]:
    return {
        "name": tenant.id,
        "hosts": list(tenant.hosts),
        "origins": list(tenant.origins),
        "created_at": tenant.created_at.isoformat(),
    }
