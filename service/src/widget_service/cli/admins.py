"""``widget-service admins``: who may log in to the admin pages."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from widget_service.cli.options import Config, Json, actor
from widget_service.cli.output import moment, print_json, print_table
from widget_service.cli.refusals import opened, wrong_usage
from widget_service.cli.usage import Commands

if TYPE_CHECKING:
    from widget_service.storage.admins import Admin

app = Commands(name="admins", help="Say who may log in to the admin pages, and as what.", no_args_is_help=True)

RoleChoice = Literal["viewer", "editor", "owner"]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A name, or an e-mail address, in small letters.")]
PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", metavar="FILE", help="Read the password there, '-': standard input.")
]


@app.command()
def add(
    name: Name,
    role: Annotated[RoleChoice, typer.Option("--role", help="What the admin may do.")] = "editor",
    password_file: PasswordFile = None,
    no_password: Annotated[bool, typer.Option("--no-password", help="Log in by OpenID Connect only.")] = False,
    config: Config = None,
    json_: Json = False,
) -> None:
    """Add an admin. Without --password-file, a password is made and printed once."""
    from widget_service.cli.secret_input import read_password
    from widget_service.control import admins
    from widget_service.identity.passwords import new_password

    if no_password and password_file is not None:
        wrong_usage("--no-password and --password-file exclude each other.")
    with opened(config) as plane:
        made = None if no_password or password_file is not None else new_password()
        password = made if password_file is None else read_password(password_file)
        admin = admins.add_admin(plane, name, actor=actor(), role=role, password=password)
    if json_:
        print_json(as_dict(admin) | ({"password": made} if made else {}))
        return
    typer.echo(f"Added the admin {admin.name}, {admin.role}.")
    if made:
        typer.echo(f"Password, shown this once: {made}")


@app.command("list")
def list_(config: Config = None, json_: Json = False) -> None:
    """List the admins."""
    from widget_service.control import admins

    with opened(config) as plane:
        found = admins.list_admins(plane)
    if json_:
        print_json([as_dict(each) for each in found])
        return
    print_table(
        ("NAME", "ROLE", "LOGS IN BY", "LAST LOG-IN (UTC)"),
        [(each.name, each.role, _by(each), moment(each.last_login_at) if each.last_login_at else "") for each in found],
        empty="There are no admins. Add one: widget-service admins add NAME --role owner",
    )


@app.command("set")
def set_(
    name: Name,
    role: Annotated[RoleChoice | None, typer.Option("--role", help="What the admin may do.")] = None,
    password_file: PasswordFile = None,
    new_password: Annotated[bool, typer.Option("--new-password", help="Make a password and print it once.")] = False,
    config: Config = None,
) -> None:
    """Change an admin's role or password, which ends the admin's sessions."""
    from widget_service.cli.secret_input import read_password
    from widget_service.control import admins
    from widget_service.identity import passwords

    if new_password and password_file is not None:
        wrong_usage("--new-password and --password-file exclude each other.")
    if role is None and password_file is None and not new_password:
        wrong_usage("There is nothing to change: give --role, --password-file or --new-password.")
    with opened(config) as plane:
        made = passwords.new_password() if new_password else None
        password = made if password_file is None else read_password(password_file)
        admin = admins.set_admin(plane, name, actor=actor(), role=role, password=password)
    typer.echo(f"{admin.name} is {admin.role}; the sessions have ended.")
    if made:
        typer.echo(f"Password, shown this once: {made}")


@app.command()
def rm(name: Name, config: Config = None) -> None:
    """Delete an admin, with the sessions and the API tokens that the admin made."""
    from widget_service.control import admins

    with opened(config) as plane:
        admins.remove_admin(plane, name, actor=actor())
    typer.echo(f"Deleted the admin {name}.")


def as_dict(admin: "Admin") -> dict[str, Any]:
    """Return an account as plain JSON values."""
    return {
        "name": admin.name,
        "role": admin.role,
        "has_password": admin.has_password,
        "subject": admin.subject,
        "created_at": admin.created_at.isoformat(),
        "last_login_at": admin.last_login_at.isoformat() if admin.last_login_at else None,
    }


def _by(admin: "Admin") -> str:
    return " and ".join([*(["password"] if admin.has_password else []), *(["provider"] if admin.subject else [])])
