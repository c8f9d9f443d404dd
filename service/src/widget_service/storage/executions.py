"""Calls in the store, the youngest first. They are no part of what revisions tell."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, insert, select

from widget_service.executions.record import Record, first_id_at
from widget_service.storage.changes import Change, Read
from widget_service.storage.execution_models import ExecutionRow
from widget_service.storage.scoping import ALL_TENANTS

_COLUMNS: Final = tuple(field.name for field in fields(Record))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls are asked for: those that have all that is given.

    ``status`` is a range; ``caller`` an id, empty for anonymous callers; ``since`` and ``until`` are Unix seconds.
    """

    permalink: str | None = None
    status: tuple[int, int] | None = None
    code: str | None = None
    caller: str | None = None
    request_id: str | None = None
    since: float | None = None
    until: float | None = None


def add_all(change: Change, records: Iterable[Record]) -> None:
    """Keep calls, of tenants that are there."""
    rows = [{name: getattr(record, name) for name in _COLUMNS} for record in records]
    if rows:
        change.connection.execute(insert(ExecutionRow), rows)


def find(read: Read, tenant_id: str, identifier: int) -> Record | None:
    """Return one call, if it is kept."""
    row = read.connection.execute(_select(tenant_id).where(ExecutionRow.id == identifier)).mappings().first()
    return None if row is None else Record(**row)


def youngest(
    read: Read, tenant_id: str, wanted: Wanted, *, before: int | None = None, limit: int = 100
) -> list[Record]:
    """Return ``limit`` calls at most, the youngest first; those with an id below ``before``, where that is given."""
    rows = _select(tenant_id).where(*_conditions(wanted)).order_by(ExecutionRow.id.desc()).limit(limit)
    if before is not None:
        rows = rows.where(ExecutionRow.id < before)
    return [Record(**row) for row in read.connection.execute(rows).mappings()]


def delete_old(change: Change, tenant_ids: Sequence[str], *, keep: int, since: float) -> None:
    """Delete the calls of all tenants from before ``since``, and of each tenant all but the last ``keep``."""
    old = delete(ExecutionRow).where(ExecutionRow.id < first_id_at(since))
    change.connection.execute(old.execution_options(**ALL_TENANTS))
    for tenant_id in tenant_ids:
        of_tenant = ExecutionRow.tenant_id == tenant_id
        beyond = select(ExecutionRow.id).where(of_tenant).order_by(ExecutionRow.id.desc()).offset(keep).limit(1)
        last = change.connection.scalar(beyond)
        if last is not None:
            change.connection.execute(delete(ExecutionRow).where(of_tenant, ExecutionRow.id <= last))


def _select(tenant_id: str) -> Select[Any]:
    return select(*ExecutionRow.__table__.columns).where(ExecutionRow.tenant_id == tenant_id)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.permalink is not None:
        found.append(ExecutionRow.permalink == wanted.permalink)
    if wanted.status is not None:
        found.append(ExecutionRow.status.between(*wanted.status))
    if wanted.code is not None:
        found.append(ExecutionRow.code == wanted.code)
    if wanted.caller is not None:
        found.append(ExecutionRow.caller == wanted.caller if wanted.caller else ExecutionRow.caller.is_(None))
    if wanted.request_id is not None:
        found.append(ExecutionRow.request_id == wanted.request_id)
    if wanted.since is not None:
        found.append(ExecutionRow.id >= first_id_at(wanted.since))
    if wanted.until is not None:
        found.append(ExecutionRow.id < first_id_at(wanted.until))
    return found
