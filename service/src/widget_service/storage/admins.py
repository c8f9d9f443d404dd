"""Admin accounts in the store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy import delete as delete_from
from sqlalchemy import update as update_rows

from widget_service.storage.admin_models import MAX_ADMIN_LENGTH, AdminRow, RoleName
from widget_service.storage.changes import Change, Read
from widget_service.storage.errors import Conflict, InvalidValue, NotFound
from widget_service.storage.names import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Admin:
    """An account. ``subject`` is ``ISSUER SUB`` of the provider by which it logs in, None for one with a password."""

    name: str
    role: RoleName
    has_password: bool
    subject: str | None
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None


def all_admins(read: Read) -> list[Admin]:
    """Return all accounts, by name."""
    return [_admin(row) for row in read.connection.execute(_select().order_by(AdminRow.name))]


def find(read: Read, name: str) -> Admin | None:
    """Return the account, if there is one."""
    row = read.connection.execute(_select().where(AdminRow.name == name)).first()
    return None if row is None else _admin(row)


def find_subject(read: Read, subject: str) -> Admin | None:
    """Return the account that a provider calls so."""
    row = read.connection.execute(_select().where(AdminRow.subject == subject)).first()
    return None if row is None else _admin(row)


def get(read: Read, name: str) -> Admin:
    """Return the account; raise `NotFound`."""
    admin = find(read, name)
    if admin is None:
        raise NotFound(f"There is no admin {shown(name)}.")
    return admin


def password_hash(read: Read, name: str) -> str | None:
    """Return what the password is checked against."""
    found: str | None = read.connection.scalar(select(AdminRow.password_hash).where(AdminRow.name == name))
    return found


def count_owners(read: Read) -> int:
    """Return how many owners there are."""
    owners = select(func.count()).select_from(AdminRow).where(AdminRow.role == "owner")
    return read.connection.scalar(owners) or 0


def add(
    change: Change, name: str, *, role: RoleName, password_hash: str | None = None, subject: str | None = None
) -> Admin:
    """Add an account; raise `Conflict` or `InvalidValue`."""
    check_name(name)
    if find(change, name) is not None:
        raise Conflict(f"There is an admin {shown(name)} already.")
    row = {"name": name, "role": role, "password_hash": password_hash, "subject": subject}
    change.connection.execute(insert(AdminRow).values(**row, created_at=change.at, updated_at=change.at))
    return get(change, name)


def update(
    change: Change,
    name: str,
    *,
    role: RoleName | None = None,
    password_hash: str | None = None,
    logged_in: bool = False,
) -> Admin:
    """Replace what is given; raise `NotFound`."""
    get(change, name)
    columns = {"role": role, "password_hash": password_hash}
    given: dict[str, Any] = {column: value for column, value in columns.items() if value is not None}
    given |= {"last_login_at": change.at} if logged_in else {"updated_at": change.at}
    change.connection.execute(update_rows(AdminRow).where(AdminRow.name == name).values(given))
    return get(change, name)


def set_subject(change: Change, name: str, subject: str) -> Admin:
    """Keep what a provider calls the account."""
    change.connection.execute(update_rows(AdminRow).where(AdminRow.name == name).values(subject=subject))
    return get(change, name)


def delete(change: Change, name: str) -> None:
    """Delete an account with its sessions and the tokens that it made; raise `NotFound`."""
    get(change, name)
    change.connection.execute(delete_from(AdminRow).where(AdminRow.name == name))


def check_name(name: str) -> None:
    """Raise `InvalidValue` unless ``name`` can name an account: a word, or an e-mail address."""
    is_plain = name.isascii() and name.isprintable() and not any(character in " ,;\"'<>\\" for character in name)
    if not is_plain or name != name.lower() or not 1 <= len(name) <= MAX_ADMIN_LENGTH:
        raise InvalidValue(
            f"{shown(name)} cannot name an admin: a name or an e-mail address in small letters, without spaces or "
            f"quotes, at most {MAX_ADMIN_LENGTH} characters."
        )


def _select() -> Select[Any]:
    return select(*AdminRow.__table__.columns)


def _admin(row: Any) -> Admin:
    return Admin(
        name=row.name,
        role=row.role,
        has_password=row.password_hash is not None,
        subject=row.subject,
        created_at=row.created_at,
        updated_at=row.updated_at,
        last_login_at=row.last_login_at,
    )
