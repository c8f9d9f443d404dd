"""``widget-service secrets``: what goes in and never comes out."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from widget_service.cli.options import DEFAULT_TENANT, Config, Json, Tenant, Token, Url, actor
from widget_service.cli.output import counted, moment, print_json, print_table
from widget_service.cli.place import placed
from widget_service.cli.refusals import opened, wrong_usage
from widget_service.cli.usage import Commands

app = Commands(name="secrets", help="Keep the credentials of destinations, encrypted.", no_args_is_help=True)

_MEMBERS = ("name", "version", "origins", "read_by", "registries", "updated_at")


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
    url: Url = None,
    token: Token = None,
) -> None:
    """Set a secret: its value comes from a file, from standard input, or is asked for.

    One line end at the end of a file or of standard input is dropped; all others stay, as a PEM key needs them.
    Without --for, a secret that is bound to origins stays bound to them.
    """
    from widget_service.cli.refusals import refusals
    from widget_service.cli.secret_input import read_secret
    from widget_service.storage.names import check_secret_name

    if context.args:
        wrong_usage(
            "A secret is never given as an argument: the shell's history and the list of processes would show it. "
            f'Pipe it in, or use --from-file: printf %s "$VALUE" | widget-service secrets set {_plain(name)}'
        )
    if origins and anywhere:
        wrong_usage("--for and --anywhere exclude each other.")
    bound = [] if anywhere else origins or None
    with placed(config, url, token) as place:
        with refusals():
            check_secret_name(name)  # before anything is asked for or read
        body = {"value": read_secret(_plain(name), from_file)} | ({} if bound is None else {"origins": bound})
        try:
            secret = place.set_value("secrets", tenant, name, body)
        finally:
            del body  # the frame of an error must not hold it
    to = f" for {', '.join(secret['origins'])}" if secret["origins"] else ""
    typer.echo(f"Set the secret {secret['name']}, version {secret['version']}{to}.")


@app.command("list")
def list_(
    tenant: Tenant = DEFAULT_TENANT, config: Config = None, url: Url = None, token: Token = None, json_: Json = False
) -> None:
    """List the secrets, without their values: version, origins that they are bound to, and what reads them."""
    with placed(config, url, token) as place:
        rows = place.list_values("secrets", tenant)
    if json_:
        print_json([{name: row[name] for name in _MEMBERS} for row in rows])
        return
    print_table(
        ("NAME", "VERSION", "FOR", "READ BY", "UPDATED (UTC)"),
        [
            (
                row["name"],
                str(row["version"]),
                ", ".join(row["origins"]) or "any origin",
                ", ".join(_users(row)) or "nothing",
                moment(datetime.fromisoformat(row["updated_at"])),
            )
            for row in rows
        ],
        empty="There are no secrets. Set one: widget-service secrets set NAME",
    )


@app.command()
def rm(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    tenant: Tenant = DEFAULT_TENANT,
    config: Config = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Delete a secret."""
    with placed(config, url, token) as place:
        known = {row["name"]: _users(row) for row in place.list_values("secrets", tenant)}
        place.remove_value("secrets", tenant, name)
    typer.echo(f"Deleted the secret {name}.")
    if known.get(name):
        typer.echo(f"It is still used by {', '.join(known[name])}: they fail until it is set.", err=True)


def _users(row: dict[str, Any]) -> list[str]:
    return [*row["read_by"], *(f"the repository of {name}" for name in row["registries"])]


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
