"""The options that say what a tenant is: whose pages and users may call it, and how much it may."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from widget_service.cli.refusals import wrong_usage

if TYPE_CHECKING:
    from widget_service.control.tenants import TenantSettings

Hosts = Annotated[
    list[str] | None, typer.Option("--host", metavar="HOST", help="A host name that it answers to (repeatable).")
]
Origins = Annotated[
    list[str] | None, typer.Option("--origin", metavar="ORIGIN", help="An origin whose pages may call it (repeatable).")
]
UserKey = Annotated[
    Path | None,
    typer.Option(
        "--user-key",
        metavar="FILE",
        help="Keys that verify its user tokens: PEM public keys, a JWK (Set), or a secret of 32 bytes or more.",
    ),
]
JwksUrl = Annotated[
    str | None, typer.Option("--jwks-url", metavar="URL", help="Where its identity provider publishes such keys.")
]
Anonymous = Annotated[
    bool | None, typer.Option("--anonymous/--no-anonymous", help="Whether callers need not be signed in.")
]
Connectors = Annotated[
    int | None, typer.Option("--max-connectors", min=0, metavar="N", help="Connectors that it may have; 0: any.")
]
Executions = Annotated[
    int | None,
    typer.Option("--max-executions-per-minute", min=0, metavar="N", help="Calls a minute, of all callers; 0: any."),
]
Callers = Annotated[
    int | None,
    typer.Option(
        "--max-executions-per-minute-and-caller",
        min=0,
        metavar="N",
        help="Calls a minute of one user, or of one address of anonymous callers; 0: any.",
    ),
]
Concurrent = Annotated[
    int | None,
    typer.Option(
        "--max-concurrent-executions", min=0, metavar="N", help="Calls at a time in each process; 0: any number."
    ),
]

_QUOTAS = (
    "max_connectors",
    "executions_per_minute",
    "executions_per_minute_and_caller",
    "max_concurrent_executions",
)


def settings_of(
    user_key: Path | None,
    jwks_url: str | None,
    anonymous: bool | None,
    quotas: tuple[int | None, ...],
    *,
    no_user_key: bool = False,
    no_jwks_url: bool = False,
) -> "TenantSettings":
    """Return what the options say; ends the command where a file cannot be read."""
    from widget_service.control.tenants import TenantSettings

    given = {name: quota for name, quota in zip(_QUOTAS, quotas, strict=True) if quota is not None}
    return TenantSettings(
        allow_anonymous=anonymous,
        user_key="" if no_user_key else _text_of(user_key),
        jwks_url="" if no_jwks_url else jwks_url,
        quotas=given or None,
    )


def _text_of(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        wrong_usage(f"{file} cannot be read as text: {error.strerror if isinstance(error, OSError) else 'not UTF-8'}.")
    if not text:
        wrong_usage(f"{file} is empty.")
    return text
