"""Tokens of the REST API in the store, found by their digest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, insert, select, update

from widget_service.storage.admin_models import AdminRow, ApiTokenRow, RoleName
from widget_service.storage.changes import Change, Read
from widget_service.storage.errors import Conflict, InvalidValue, NotFound
from widget_service.storage.models import MAX_NAME_LENGTH
from widget_service.storage.names import shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """A token without itself. ``admin`` made it, whose role now is ``admin_role``; None: the command line made it."""

    name: str
    role: RoleName
    scopes: tuple[str, ...]
    admin: str | None
    admin_role: RoleName | None
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None


def all_tokens(read: Read) -> list[ApiToken]:
    """Return all tokens, by name."""
    return [_token(row) for row in read.connection.execute(_select().order_by(ApiTokenRow.name))]


def find(read: Read, digest: bytes) -> ApiToken | None:
    """Return the token with the digest, also one that has expired."""
    row = read.connection.execute(_select().where(ApiTokenRow.digest == digest)).first()
    return None if row is None else _token(row)


def get(read: Read, name: str) -> ApiToken:
    """Return the token of that name; raise `NotFound`."""
    row = read.connection.execute(_select().where(ApiTokenRow.name == name)).first()
    if row is None:
        raise NotFound(f"There is no API token {shown(name)}.")
    return _token(row)


def add(
    change: Change,
    name: str,
    *,
    digest: bytes,
    role: RoleName,
    scopes: tuple[str, ...],
    admin: str | None,
    expires_at: datetime | None,
) -> ApiToken:
    """Keep a token; raise `Conflict` or `InvalidValue`."""
    if not name.isprintable() or not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise InvalidValue(f"{shown(name)} cannot name a token: 1 to {MAX_NAME_LENGTH} printable characters.")
    if read_name(change, name):
        raise Conflict(f"There is an API token {shown(name)} already; delete it first, or take another name.")
    row = {"name": name, "digest": digest, "role": role, "scopes": list(scopes), "admin": admin}
    change.connection.execute(insert(ApiTokenRow).values(**row, created_at=change.at, expires_at=expires_at))
    return get(change, name)


def read_name(read: Read, name: str) -> bool:
    """Return whether a token has the name."""
    return read.connection.scalar(select(ApiTokenRow.name).where(ApiTokenRow.name == name)) is not None


def used(change: Change, name: str) -> None:
    """Keep that the token was used now."""
    change.connection.execute(update(ApiTokenRow).where(ApiTokenRow.name == name).values(used_at=change.at))


def remove(change: Change, name: str) -> None:
    """Delete a token; raise `NotFound`."""
    get(change, name)
    change.connection.execute(delete(ApiTokenRow).where(ApiTokenRow.name == name))


def _select() -> Select[Any]:
    columns = [column for column in ApiTokenRow.__table__.columns if column.name != "digest"]
    rows = select(*columns, AdminRow.role.label("admin_role"))
    return rows.outerjoin(AdminRow, AdminRow.name == ApiTokenRow.admin)


def _token(row: Any) -> ApiToken:
    return ApiToken(**{**row._mapping, "scopes": tuple(row.scopes)})
