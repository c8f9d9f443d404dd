"""The command line, a file a command. Heavy imports happen inside the commands, so that it starts at once."""

import sys
from typing import Annotated

import typer

from widget_service._version import __version__
from widget_service.cli import admins, audit, cache, connectors, new, secrets, tenants, tokens, variables
from widget_service.cli.backup import backup, restore
from widget_service.cli.dev import dev
from widget_service.cli.doctor import doctor
from widget_service.cli.execute import execute
from widget_service.cli.health import health
from widget_service.cli.init import init
from widget_service.cli.plan import apply, plan
from widget_service.cli.serve import serve
from widget_service.cli.settings import settings
from widget_service.cli.usage import Commands
from widget_service.cli.user_token import user_token
from widget_service.cli.validate import validate

_NAME = "widget-service"

app = Commands(
    name=_NAME,
    help="Hold the keys of other people's APIs, so that widgets in a browser can use them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (dev, serve, init, validate, plan, apply, execute):
    app.command()(command)
for group in (
    *(new.app, connectors.app, secrets.app, variables.app, tenants.app),
    *(cache.app, admins.app, tokens.app, audit.app),
):
    app.add_typer(group)
app.command("user-token")(user_token)
app.command()(backup)
app.command()(restore)
for command in (doctor, settings):
    app.command()(command)
app.command()(health)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"widget-service {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """The options before any command."""


def main() -> None:
    """The entry point of the ``widget-service`` command."""
    app(args=sys.argv[1:], prog_name=_NAME)
