"""Sessions that were ended before their time. They draw no revision: nobody builds a snapshot anew for a log-out."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from widget_service.storage.changes import Change, Read
from widget_service.storage.models import RevokedSessionRow
from widget_service.storage.scoping import ALL_TENANTS


@dataclass(frozen=True, slots=True)
class RevokedSession:
    """One session; ``expires_at`` is when it would have ended anyway."""

    id: str
    expires_at: datetime


def current(read: Read) -> int:
    """Return the number of the last log-out; it changes with every one."""
    number = select(func.max(RevokedSessionRow.number)).execution_options(**ALL_TENANTS)
    return read.connection.scalar(number) or 0


def of_all_tenants(read: Read, *, now: datetime) -> list[RevokedSession]:
    """Return the sessions that would be valid at ``now``, of all tenants."""
    columns = (RevokedSessionRow.session_id, RevokedSessionRow.expires_at)
    rows = select(*columns).where(RevokedSessionRow.expires_at > now).execution_options(**ALL_TENANTS)
    return [RevokedSession(row.session_id, row.expires_at) for row in read.connection.execute(rows)]


def add(change: Change, tenant_id: str, session_id: str, expires_at: datetime) -> None:
    """Write a log-out down, once, and forget those whose sessions have expired since, of all tenants."""
    expired = delete(RevokedSessionRow).where(RevokedSessionRow.expires_at <= change.at)
    change.connection.execute(expired.execution_options(**ALL_TENANTS))
    known = select(RevokedSessionRow.number).where(
        RevokedSessionRow.tenant_id == tenant_id, RevokedSessionRow.session_id == session_id
    )
    if change.connection.scalar(known) is None:
        row = {"tenant_id": tenant_id, "session_id": session_id, "expires_at": expires_at}
        change.connection.execute(insert(RevokedSessionRow).values(row))
        change.announce()
