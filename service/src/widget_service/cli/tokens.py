"""``widget-service tokens``: what programs call the REST API with."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from widget_service.cli.admins import RoleChoice
from widget_service.cli.options import Config, Json, actor
from widget_service.cli.output import moment, print_json, print_table
from widget_service.cli.refusals import opened
from widget_service.cli.usage import Commands

if TYPE_CHECKING:
    from widget_service.storage.api_tokens import ApiToken

app = Commands(name="tokens", help="Make and delete tokens of the REST API.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the audit log shall call it.")]


@app.command()
def add(
    name: Name,
    scopes: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="SCOPE", help="read, write, execute or secrets (repeatable)."),
    ] = None,
    role: Annotated[RoleChoice, typer.Option("--role", help="What an admin of this role may do, it may.")] = "editor",
    days: Annotated[int, typer.Option("--days", min=1, max=3660, help="Days until it expires.")] = 90,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Make a token and print it, this once. Without --scope it may read."""
    from datetime import timedelta

    from widget_service.control import api_tokens

    with opened(config) as plane:
        made = api_tokens.add_token(
            plane, name, actor=actor(), role=role, scopes=scopes or ["read"], lifetime=timedelta(days=days)
        )
    if json_:
        print_json(as_dict(made.token) | {"token": made.secret})
        return
    typer.echo(f"Made the token {name}: {', '.join(made.token.scopes)}, as {role}, for {days} days.")
    typer.echo(f"Shown this once: {made.secret}")


@app.command("list")
def list_(config: Config = None, json_: Json = False) -> None:
    """List the tokens, without themselves."""
    from widget_service.control import api_tokens

    with opened(config) as plane:
        found = api_tokens.list_tokens(plane)
    if json_:
        print_json([as_dict(each) for each in found])
        return
    print_table(
        ("NAME", "SCOPES", "ROLE", "MADE BY", "EXPIRES (UTC)", "USED (UTC)"),
        [
            (
                each.name,
                ", ".join(each.scopes),
                each.role,
                each.admin or "command line",
                moment(each.expires_at) if each.expires_at else "never",
                moment(each.used_at) if each.used_at else "never",
            )
            for each in found
        ],
        empty="There are no tokens. Make one: widget-service tokens add NAME --scope read",
    )


@app.command()
def rm(name: Name, config: Config = None) -> None:
    """Delete a token: nothing can be done with it any more."""
    from widget_service.control import api_tokens

    with opened(config) as plane:
        api_tokens.remove_token(plane, name, actor=actor())
    typer.echo(f"Deleted the token {name}.")


def as_dict(token: "ApiToken") -> dict[str, Any]:
    """Return a token as plain JSON values."""
    return {
        "name": token.name,
        "role": token.role,
        "scopes": list(token.scopes),
        "admin": token.admin,
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "used_at": token.used_at.isoformat() if token.used_at else None,
    }
