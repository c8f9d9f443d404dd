"""``widget-service tenants``: who owns connectors, secrets and variables, and who may call them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from widget_service.cli.options import Config, Json, actor
from widget_service.cli.output import confirmed, counted, print_json, print_table
from widget_service.cli.refusals import opened, wrong_usage
from widget_service.cli.tenant_options import (
    Anonymous,
    Callers,
    Concurrent,
    Connectors,
    Executions,
    Hosts,
    JwksUrl,
    Origins,
    UserKey,
    settings_of,
)
from widget_service.cli.usage import Commands

if TYPE_CHECKING:
    from widget_service.control.plane import ControlPlane

app = Commands(
    name="tenants",
    help="Add and change tenants; each has everything of its own: hosts, connectors, secrets, users and limits.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and single hyphens.")]


@app.command()
def add(
    name: Name,
    hosts: Hosts = None,
    origins: Origins = None,
    user_key: UserKey = None,
    jwks_url: JwksUrl = None,
    anonymous: Anonymous = None,
    max_connectors: Connectors = None,
    max_executions_per_minute: Executions = None,
    max_executions_per_minute_and_caller: Callers = None,
    max_concurrent_executions: Concurrent = None,
    config: Config = None,
) -> None:
    """Add a tenant, with a key of its own for its secrets."""
    from widget_service.control import tenants

    quotas = (
        max_connectors,
        max_executions_per_minute,
        max_executions_per_minute_and_caller,
        max_concurrent_executions,
    )
    settings = settings_of(user_key, jwks_url, anonymous, quotas)
    with _opened(config) as plane:
        tenant = tenants.add_tenant(
            plane, name, actor=actor(), hosts=hosts or (), origins=origins or (), settings=settings
        )
    typer.echo(f"Added the tenant {tenant.id}. Its secrets: widget-service secrets set NAME --tenant {tenant.id}")


@app.command("list")
def list_(config: Config = None, json_: Json = False) -> None:
    """List the tenants."""
    from widget_service.control import tenants

    with opened(config) as plane:
        listed = tenants.list_tenants(plane)
        shown = [_as_dict(tenant, tenants.describe_user_keys(plane, tenant.id)) for tenant in listed]
    if json_:
        print_json(shown)
        return
    print_table(
        ("NAME", "HOSTS", "ORIGINS", "USER KEYS", "ANONYMOUS", "LIMITS"),
        [_as_row(each) for each in shown],
        empty="There are no tenants. Run: widget-service init",
    )


@app.command("set")
def set_(
    name: Name,
    hosts: Hosts = None,
    origins: Origins = None,
    no_hosts: Annotated[bool, typer.Option("--no-hosts", help="Take all its host names away.")] = False,
    no_origins: Annotated[bool, typer.Option("--no-origins", help="Take all its origins away.")] = False,
    user_key: UserKey = None,
    no_user_key: Annotated[bool, typer.Option("--no-user-key", help="Take its own keys away.")] = False,
    jwks_url: JwksUrl = None,
    no_jwks_url: Annotated[bool, typer.Option("--no-jwks-url", help="Take the address away.")] = False,
    anonymous: Anonymous = None,
    max_connectors: Connectors = None,
    max_executions_per_minute: Executions = None,
    max_executions_per_minute_and_caller: Callers = None,
    max_concurrent_executions: Concurrent = None,
    config: Config = None,
) -> None:
    """Change a tenant: what is given replaces what was there."""
    from widget_service.control import tenants

    if (hosts and no_hosts) or (origins and no_origins) or (user_key and no_user_key) or (jwks_url and no_jwks_url):
        wrong_usage("An option and its --no-… exclude each other.")
    quotas = (
        max_connectors,
        max_executions_per_minute,
        max_executions_per_minute_and_caller,
        max_concurrent_executions,
    )
    said = (hosts, origins, user_key, jwks_url, no_hosts, no_origins, no_user_key, no_jwks_url)
    if not any(said) and anonymous is None and all(quota is None for quota in quotas):
        wrong_usage("There is nothing to change; `widget-service tenants set --help` lists what can be.")
    settings = settings_of(user_key, jwks_url, anonymous, quotas, no_user_key=no_user_key, no_jwks_url=no_jwks_url)
    with _opened(config) as plane:
        tenant = tenants.set_tenant(
            plane,
            name,
            actor=actor(),
            hosts=[] if no_hosts else hosts or None,
            origins=[] if no_origins else origins or None,
            settings=settings,
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


@contextmanager
def _opened(config: Path | None) -> "Iterator[ControlPlane]":
    """Open the control plane for a change, and tell in the end which tenants nothing leads to."""
    from widget_service.control.tenants import unreachable_tenants

    with opened(config) as plane:
        yield plane
        for tenant in unreachable_tenants(plane):
            typer.echo(
                f"Nothing leads to the tenant {tenant} now, as a host that no tenant lists is refused. List one: "
                f"widget-service tenants set {tenant} --host HOST",
                err=True,
            )


def _as_dict(tenant: Any, user_keys: list[str]) -> dict[str, Any]:
    return {
        "name": tenant.id,
        "hosts": list(tenant.hosts),
        "origins": list(tenant.origins),
        "anonymous": tenant.allow_anonymous,
        "user_keys": user_keys,
        "jwks_url": tenant.settings.get("jwks_url"),
        "quotas": dict(tenant.quotas),
        "created_at": tenant.created_at.isoformat(),
    }


def _as_row(shown: dict[str, Any]) -> tuple[str, ...]:
    keys = [*shown["user_keys"], *([shown["jwks_url"]] if shown["jwks_url"] else [])]
    return (
        shown["name"],
        ", ".join(shown["hosts"]) or "any",
        ", ".join(shown["origins"]) or "its own",
        ", ".join(keys) or "the service's",
        "yes" if shown["anonymous"] else "no",
        ", ".join(f"{name} {value}" for name, value in shown["quotas"].items()) or "none",
    )
