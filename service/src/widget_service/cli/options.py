"""The options that commands share, and who is said to have made a change."""

import os
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_TENANT = "default"
"""The same as the snapshot's, whose import takes longer than printing the version may."""

Config = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="A TOML file with settings.")]
Tenant = Annotated[str, typer.Option("--tenant", metavar="NAME", help="The tenant concerned.")]
Url = Annotated[
    str | None, typer.Option("--url", metavar="ORIGIN", help="Act on the running service with these admin pages.")
]
Token = Annotated[
    str | None,
    typer.Option("--token", metavar="TOKEN", envvar="WIDGET_SERVICE_TOKEN", help="An API token of that service."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def actor() -> str:
    """Return ``cli:NAME``, the operating system's name for who runs the command."""
    user_id = os.geteuid()
    try:
        import pwd

        return f"cli:{pwd.getpwuid(user_id).pw_name}"
    except (ImportError, KeyError):
        return f"cli:{user_id}"
