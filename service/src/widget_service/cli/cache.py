"""``widget-service cache``: the answers that the service keeps to use them again."""

from typing import Annotated

import typer

from widget_service.cli.options import DEFAULT_TENANT, Config, Tenant, actor
from widget_service.cli.refusals import opened
from widget_service.cli.usage import Commands

app = Commands(name="cache", help="Give up answers that are kept to be used again.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A group of commands, also while there is only one."""


@app.command()
def purge(
    permalink: Annotated[
        str | None, typer.Argument(metavar="[PERMALINK]", help="The connector; all of the tenant's without it.")
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    config: Config = None,
) -> None:
    """Give kept answers up, in every process that serves them, within a second."""
    from widget_service.control.cache import purge_cache

    with opened(config) as plane:
        purge_cache(plane, tenant, permalink, actor=actor())
    whose = f"the connector {permalink}" if permalink else f"all connectors of the tenant {tenant}"
    typer.echo(f"The kept answers of {whose} are given up.")
