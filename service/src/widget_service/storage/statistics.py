"""What was counted of all calls: added up in the database, where several processes count."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from widget_service.executions.counts import EVERYTHING, Count, Use
from widget_service.storage.changes import Change, Read
from widget_service.storage.execution_models import LATENCY_COLUMNS, STATISTICS, ConnectorUseRow
from widget_service.storage.scoping import ALL_TENANTS

_KEY = ("tenant_id", "span_s", "permalink", "start")
_COUNTED = ("calls", "errors", "failures", "cache_hits", "total_ms", "external_ms")
_SUMS = (*_COUNTED, *LATENCY_COLUMNS)
_CHUNK = 500
_USES = ConnectorUseRow.__table__

Row = tuple[str, int, str, int, Count]


def add_all(change: Change, rows: Iterable[Row]) -> None:
    """Add counts to those that are there; the tenants are."""
    values = [_values(row) for row in rows]
    if values:
        upsert = _insert(change)(STATISTICS)
        sums = {name: STATISTICS.c[name] + upsert.excluded[name] for name in _SUMS}
        change.connection.execute(upsert.on_conflict_do_update(index_elements=list(_KEY), set_=sums), values)


def note_uses(change: Change, uses: Iterable[tuple[str, str, Use]]) -> None:
    """Keep the last use of each connector, ``(tenant, permalink, use)``."""
    values = [
        {"tenant_id": tenant_id, "permalink": permalink, **{k: _moment(v) for k, v in asdict(use).items()}}
        for tenant_id, permalink, use in uses
    ]
    if values:
        upsert = _insert(change)(_USES)
        later = {
            name: func.coalesce(upsert.excluded[name], _USES.c[name]) for name in ("called_at", "sent_at", "error_at")
        }
        on_conflict = upsert.on_conflict_do_update(index_elements=["tenant_id", "permalink"], set_=later)
        change.connection.execute(on_conflict, values)


def uses_of(read: Read, tenant_id: str) -> dict[str, ConnectorUseRow]:
    """Return the last use of each connector that was called, by permalink; rows have moments as attributes."""
    rows = select(*_USES.columns).where(ConnectorUseRow.tenant_id == tenant_id)
    return {row.permalink: row for row in read.connection.execute(rows)}  # type: ignore[misc]


def series(
    read: Read, tenant_id: str, permalinks: Sequence[str], *, span_s: int, since: int, until: int
) -> dict[str, dict[int, Count]]:
    """Return what was counted in each span that begins within ``since`` and ``until``, by permalink and start."""
    found: dict[str, dict[int, Count]] = {}
    for first in range(0, len(permalinks), _CHUNK):
        rows = select(STATISTICS).where(
            STATISTICS.c.tenant_id == tenant_id,
            STATISTICS.c.span_s == span_s,
            STATISTICS.c.permalink.in_(permalinks[first : first + _CHUNK]),
            STATISTICS.c.start.between(since, until),
        )
        for row in read.connection.execute(rows):
            found.setdefault(row.permalink, {})[row.start] = _count(row)
    return found


def totals(read: Read, tenant_id: str, *, span_s: int, since: int, limit: int) -> dict[str, Count]:
    """Return what was counted since then of ``limit`` connectors at most, those with the most failures first."""
    ours = (STATISTICS.c.tenant_id == tenant_id, STATISTICS.c.span_s == span_s, STATISTICS.c.start >= since)
    worst = [func.sum(STATISTICS.c[name]).desc() for name in ("failures", "errors", "calls")]
    each = select(STATISTICS.c.permalink).where(*ours, STATISTICS.c.permalink != EVERYTHING)
    ranked = each.group_by(STATISTICS.c.permalink).order_by(*worst, STATISTICS.c.permalink).limit(limit)
    permalinks = list(read.connection.scalars(ranked))
    sums = [func.sum(STATISTICS.c[name]).label(name) for name in _SUMS]
    of_these = select(STATISTICS.c.permalink, *sums).where(*ours, STATISTICS.c.permalink.in_(permalinks))
    rows = {row.permalink: row for row in read.connection.execute(of_these.group_by(STATISTICS.c.permalink))}
    return {permalink: _count(rows[permalink]) for permalink in permalinks}


def delete_old(change: Change, *, span_s: int, before: int) -> None:
    """Delete the counts of all tenants by that span from before then."""
    rows = delete(STATISTICS).where(STATISTICS.c.span_s == span_s, STATISTICS.c.start < before)
    change.connection.execute(rows.execution_options(**ALL_TENANTS))


def _values(row: Row) -> dict[str, Any]:
    tenant_id, span_s, permalink, start, count = row
    return {
        "tenant_id": tenant_id,
        "span_s": span_s,
        "permalink": permalink,
        "start": start,
        **{name: getattr(count, name) for name in _COUNTED},
        **dict(zip(LATENCY_COLUMNS, count.latencies, strict=True)),
    }


def _count(row: Any) -> Count:
    return Count(
        calls=row.calls,
        errors=row.errors,
        failures=row.failures,
        cache_hits=row.cache_hits,
        total_ms=row.total_ms,
        external_ms=row.external_ms,
        latencies=[getattr(row, name) for name in LATENCY_COLUMNS],
    )


def _insert(change: Change) -> Any:
    return postgresql.insert if change.connection.dialect.name == "postgresql" else sqlite.insert


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
