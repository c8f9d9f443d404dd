"""``widget-service user-token``: mint a caller's token, for programs that call the service as a user."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from widget_service.cli.options import Config
from widget_service.cli.refusals import opened, refusals, wrong_usage

if TYPE_CHECKING:
    from widget_service.identity.user_tokens import UserTokens


def user_token(
    sub: Annotated[str, typer.Option(help="The user's id.")],
    repo: Annotated[
        Path | None, typer.Option(help="The repository that `widget-service dev` runs.", show_default="here")
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(metavar="NAME", help="A tenant of the database, in place of a repository.")
    ] = None,
    email: Annotated[str | None, typer.Option()] = None,
    username: Annotated[str | None, typer.Option()] = None,
    first_name: Annotated[str | None, typer.Option()] = None,
    last_name: Annotated[str | None, typer.Option()] = None,
    lifetime_s: Annotated[int, typer.Option(min=1, max=86400, help="Seconds that the token is valid for.")] = 3600,
    config: Config = None,
) -> None:
    """Print a token to send as `Authorization: Bearer …`, or to open a session with at POST /session."""
    from widget_service.dev.user_tokens import user_tokens_of
    from widget_service.identity.users import User

    if tenant is not None and repo is not None:
        wrong_usage("--tenant and --repo exclude each other: a token is for the service, or for a repository's dev.")
    if not sub.strip():
        wrong_usage("--sub is empty; give the user's id.")
    user = User(id=sub, email=email, username=username, first_name=first_name, last_name=last_name)
    with refusals():
        tokens = _of_tenant(tenant, config) if tenant is not None else user_tokens_of((repo or Path(".")).resolve())
        token = tokens.mint(user, lifetime_s=lifetime_s)
    typer.echo(token)


def _of_tenant(tenant: str, config: Path | None) -> "UserTokens":
    from widget_service.control.user_keys import user_tokens_of_tenant

    with opened(config) as plane:
        return user_tokens_of_tenant(plane, tenant)
