"""``widget-service secrets``: what goes in and never comes out."""

from pathlib import Path
from typing import Annotated, Any

import typer

from widget_service.cli.options import DEFAULT_TENANT, Config, Json, Tenant, actor
from widget_service.cli.output import counted, moment, print_json, print_table
from widget_service.cli.refusals import opened, wrong_usage
from widget_service.cli.usage import Commands

app = Commands(name="secrets", help="Keep the credentials of destinations, encrypted.", no_args_is_help=True)


@app.command("set", context_settings={"allow_extra_args": True})
def set_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and underscores.")],
    from_file: Annotated[Path | None, typer.Option("--from-file", metavar="FILE", help="Read the value there.")] = None,
    origins: Annotated[
        list[str] | None,
        typer.Option("--for", metavar="ORIGIN", help="Send it to this origin only, https://host[:port] (repeatable)."),
    ] = None,
    anywhere: Annotated[bool, typer.Option("--anywhere", help="Send it to any origin again.")] = False,
    tenant: Tenant = DEFAULT_TENANT,
    config: Config = None,
) -> None:
    """Set a secret: its value comes from a file, from standard input, or is asked for.

    One line end at the end of a file or of standard input is dropped; all others stay, as a PEM key needs them.
    Without --for, a secret that is bound to origins stays bound to them.
    """
    from widget_service.cli.secret_input import read_secret
    from widget_service.control import values
    from widget_service.storage.names import check_secret_name

    if context.args:
        wrong_usage(
            "A secret is never given as an argument: the shell's history and the list of processes would show it. "
            f'Pipe it in, or use --from-file: printf %s "$VALUE" | widget-service secrets set {_plain(name)}'
        )
    if origins and anywhere:
        wrong_usage("--for and --anywhere exclude each other.")
    bound = [] if anywhere else origins or None
    with opened(config) as plane:
        check_secret_name(name)  # before anything is asked for or read
        value = read_secret(_plain(name), from_file)
        try:
            secret = values.set_secret(plane, tenant, name, value, actor=actor(), origins=bound)
        finally:
            del value  # the frame of an error must not hold it
    to = f" for {', '.join(secret.origins)}" if secret.origins else ""
    typer.echo(f"Set the secret {secret.name}, version {secret.version}{to}.")


@app.command("list")
def list_(tenant: Tenant = DEFAULT_TENANT, config: Config = None, json_: Json = False) -> None:
    """List the secrets, without their values: version, origins that they are bound to, and what reads them."""
    from widget_service.control import values
    from widget_service.control.definitions import list_definitions, readers

    with opened(config) as plane:
        secrets, reads = values.list_secrets(plane, tenant), readers(list_definitions(plane, tenant))
    rows: list[dict[str, Any]] = [
        {
            "name": secret.name,
            "version": secret.version,
            "origins": list(secret.origins),
            "read_by": reads.get(secret.name, []),
            "updated_at": secret.updated_at.isoformat(),
        }
        for secret in secrets
    ]
    if json_:
        print_json(rows)
        return
    print_table(
        ("NAME", "VERSION", "FOR", "READ BY", "UPDATED (UTC)"),
        [
            (
                secret.name,
                str(secret.version),
                ", ".join(secret.origins) or "any origin",
                ", ".join(reads.get(secret.name, [])) or "nothing",
                moment(secret.updated_at),
            )
            for secret in secrets
        ],
        empty="There are no secrets. Set one: widget-service secrets set NAME",
    )


@app.command()
def rm(
    name: Annotated[str, typer.Argument(metavar="NAME")], tenant: Tenant = DEFAULT_TENANT, config: Config = None
) -> None:
    """Delete a secret."""
    from widget_service.control import values
    from widget_service.control.definitions import list_definitions, readers

    with opened(config) as plane:
        values.remove_secret(plane, tenant, name, actor=actor())
        readers_left = readers(list_definitions(plane, tenant)).get(name, [])
    typer.echo(f"Deleted the secret {name}.")
    if readers_left:
        typer.echo(f"It is still read by {', '.join(readers_left)}: their executions fail until it is set.", err=True)


@app.command("rotate-key")
def rotate_key(
    new_data_keys: Annotated[
        bool, typer.Option("--new-data-keys", help="Give every tenant a new key and encrypt its secrets anew.")
    ] = False,
    config: Config = None,
) -> None:
    """Put every tenant's key under the first master key, so that the other master keys can be taken away.

    Before: put the new master key before the old ones in the key file, or in WIDGET_SERVICE_MASTER_KEY, and restart
    the service. The service may run meanwhile.
    """
    from widget_service.control import tenants, values

    with opened(config) as plane:
        count = values.rotate_master_key(plane, actor=actor())
        primary, *others = plane.master_keys.ids
        typer.echo(f"{counted(count, 'key')} put under the master key {primary}.")
        if others:
            typer.echo(f"No key needs {', '.join(others)} any more.")
        for tenant in tenants.list_tenants(plane) if new_data_keys else ():
            renewed = values.renew_tenant_key(plane, tenant.id, actor=actor())
            typer.echo(f"{tenant.id}: {counted(renewed, 'secret')} encrypted under a new key.")


def _plain(name: str) -> str:
    """What stands in the place of a name may be a value: only what can be a name is repeated."""
    return name if name.isidentifier() and name.isascii() and len(name) <= 64 else "NAME"
