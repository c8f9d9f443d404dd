"""``widget-service user-token``: mint a caller's token, for programs that call the service as a user."""

from pathlib import Path
from typing import Annotated

import typer


def user_token(
    sub: Annotated[str, typer.Option(help="The user's id.")],
    repo: Annotated[Path, typer.Option(help="The repository that `widget-service dev` runs.")] = Path("."),
    email: Annotated[str | None, typer.Option()] = None,
    username: Annotated[str | None, typer.Option()] = None,
    first_name: Annotated[str | None, typer.Option()] = None,
    last_name: Annotated[str | None, typer.Option()] = None,
    lifetime_s: Annotated[int, typer.Option(min=1, max=86400, help="Seconds that the token is valid for.")] = 3600,
) -> None:
    """Print a token to send as `Authorization: Bearer …`, or to open a session with at POST /session."""
    from widget_service.dev.user_tokens import user_tokens_of
    from widget_service.identity.users import User

    user = User(id=sub, email=email, username=username, first_name=first_name, last_name=last_name)
    typer.echo(user_tokens_of(repo.resolve()).mint(user, lifetime_s=lifetime_s))
