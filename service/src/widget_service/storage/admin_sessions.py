"""Sessions of admins in the store, found by the digest of the cookie's value."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, insert, or_, select, update

from widget_service.storage.admin_models import AdminRow, AdminSessionRow, RoleName
from widget_service.storage.changes import Change, Read


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminSession:
    """A session, with the role that its account has now."""

    id: str
    admin: str
    role: RoleName
    address: str
    user_agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def find(read: Read, digest: bytes) -> AdminSession | None:
    """Return the session whose cookie has the digest, also one that has expired."""
    row = read.connection.execute(_select().where(AdminSessionRow.digest == digest)).first()
    return None if row is None else AdminSession(**row._mapping)


def open_sessions(read: Read, *, now: datetime, idle: timedelta, admin: str | None = None) -> list[AdminSession]:
    """Return the sessions that have not expired, the youngest first; of one admin, or of all."""
    rows = _select().where(AdminSessionRow.expires_at > now, AdminSessionRow.seen_at > now - idle)
    if admin is not None:
        rows = rows.where(AdminSessionRow.admin == admin)
    rows = rows.order_by(AdminSessionRow.created_at.desc(), AdminSessionRow.id)
    return [AdminSession(**row._mapping) for row in read.connection.execute(rows)]


def add(
    change: Change, id_: str, *, digest: bytes, admin: str, address: str, user_agent: str, expires_at: datetime
) -> None:
    """Keep a new session."""
    row = {"id": id_, "digest": digest, "admin": admin, "address": address, "user_agent": user_agent}
    times = {"created_at": change.at, "seen_at": change.at, "expires_at": expires_at}
    change.connection.execute(insert(AdminSessionRow).values(**row, **times))


def seen(change: Change, id_: str) -> None:
    """Keep that the session was used now."""
    change.connection.execute(update(AdminSessionRow).where(AdminSessionRow.id == id_).values(seen_at=change.at))


def end(change: Change, ids: Iterable[str]) -> None:
    """Delete sessions."""
    change.connection.execute(delete(AdminSessionRow).where(AdminSessionRow.id.in_(list(ids))))


def end_all(change: Change, admin: str, *, but: str | None = None) -> None:
    """Delete all sessions of an admin, except the one called ``but``."""
    rows = delete(AdminSessionRow).where(AdminSessionRow.admin == admin)
    change.connection.execute(rows if but is None else rows.where(AdminSessionRow.id != but))


def sweep(change: Change, *, idle: timedelta) -> None:
    """Delete the sessions that have expired."""
    is_over = or_(AdminSessionRow.expires_at <= change.at, AdminSessionRow.seen_at <= change.at - idle)
    change.connection.execute(delete(AdminSessionRow).where(is_over))


def _select() -> Select[Any]:
    columns = [column for column in AdminSessionRow.__table__.columns if column.name != "digest"]
    return select(*columns, AdminRow.role).join(AdminRow, AdminRow.name == AdminSessionRow.admin)
