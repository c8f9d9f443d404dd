"""Requests and bodies that were kept with calls, in the store: deleted before the calls are."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Text, select, type_coerce, update

from widget_service.executions.record import first_id_at
from widget_service.storage.changes import Change
from widget_service.storage.execution_models import ExecutionRow

MEMBER = "capture"
"""Where the details of a call have them."""


def delete_of(change: Change, tenant_id: str, permalink: str) -> int:
    """Delete those of all calls of a connector; return of how many."""
    return _delete(change, tenant_id, ExecutionRow.permalink == permalink)


def delete_old(change: Change, tenant_ids: Sequence[str], *, since: float, before: float) -> None:
    """Delete those of calls from ``since`` until ``before``, Unix seconds."""
    for tenant_id in tenant_ids:
        _delete(change, tenant_id, ExecutionRow.id >= first_id_at(since), ExecutionRow.id < first_id_at(before))


def _delete(change: Change, tenant_id: str, *which: ColumnElement[bool]) -> int:
    row = ExecutionRow
    held = select(row.id, row.details).where(
        row.tenant_id == tenant_id, *which, type_coerce(row.details, Text).like(f'%"{MEMBER}":%')
    )
    found = [(each.id, each.details) for each in change.connection.execute(held) if MEMBER in each.details]
    for identifier, details in found:
        left = {name: value for name, value in details.items() if name != MEMBER}
        one = update(row).where(row.tenant_id == tenant_id, row.id == identifier)
        change.connection.execute(one.values(details=left or None))
    return len(found)
