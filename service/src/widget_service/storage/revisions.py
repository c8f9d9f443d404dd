"""The history: who changed what, when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from widget_service.storage.changes import Read
from widget_service.storage.models import RevisionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One change. ``tenant_id`` is None for one that concerns no single tenant, and may name one that is gone."""

    number: int
    tenant_id: str | None
    at: datetime
    actor: str
    action: str
    summary: Mapping[str, Any]


def current(read: Read) -> int:
    """Return the number of the last change; 0 before the first."""
    return read.connection.scalar(select(func.max(RevisionRow.number))) or 0


def tenants_since(read: Read, number: int) -> set[str | None]:
    """Return whom the changes after ``number`` concern; None stands for one that concerns no single tenant."""
    rows = select(RevisionRow.tenant_id).where(RevisionRow.number > number).distinct()
    return set(read.connection.scalars(rows))


def moment_of(read: Read, number: int) -> datetime | None:
    """Return when the change of that number was made; None where there is none, as in another database."""
    return read.connection.scalar(select(RevisionRow.at).where(RevisionRow.number == number))


def history(read: Read, *, tenant_id: str | None = None, before: int | None = None, limit: int = 50) -> list[Revision]:
    """Return the last ``limit`` changes, newest first: of one tenant, or of all; those before a number, if given."""
    rows = select(*RevisionRow.__table__.columns).order_by(RevisionRow.number.desc()).limit(limit)
    if tenant_id is not None:
        rows = rows.where(RevisionRow.tenant_id == tenant_id)
    if before is not None:
        rows = rows.where(RevisionRow.number < before)
    return [Revision(**row) for row in read.connection.execute(rows).mappings()]
