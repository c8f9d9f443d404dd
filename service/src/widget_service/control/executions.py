"""What became of calls: those that are kept, and what was counted of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from widget_service.control.plane import ControlPlane
from widget_service.executions.counts import EVERYTHING, HOUR_S, MINUTE_S, Count
from widget_service.executions.latencies import percentile_ms
from widget_service.executions.record import Record
from widget_service.storage import definitions, executions, statistics, tenants
from widget_service.storage.changes import Read
from widget_service.storage.errors import InvalidValue, NotFound
from widget_service.storage.executions import Wanted

SPANS: Final = {"minute": MINUTE_S, "hour": HOUR_S}
MAX_POINTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted in one span of time. ``mean_…`` and percentiles are milliseconds, None where nobody called."""

    start: int
    calls: int
    errors: int
    failures: int
    cache_hits: int
    mean_ms: float | None
    mean_external_ms: float | None
    mean_internal_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None

    @classmethod
    def of(cls, start: int, count: Count) -> "Figures":
        """Return the figures of a count."""
        external_ms = min(count.external_ms, count.total_ms)
        return cls(
            start,
            count.calls,
            count.errors,
            count.failures,
            count.cache_hits,
            _mean(count.total_ms, count.calls),
            _mean(external_ms, count.calls),
            _mean(count.total_ms - external_ms, count.calls),
            *(percentile_ms(count.latencies, share) for share in (0.5, 0.95, 0.99)),
        )


@dataclass(frozen=True, slots=True)
class Series:
    """The figures of each span, without gaps, and those of all of it together."""

    span_s: int
    points: list[Figures]
    total: Figures


@dataclass(frozen=True, slots=True)
class Activity:
    """What lists show of a connector: its last use, the sum of the last day, and that of each of its hours."""

    called_at: datetime | None
    sent_at: datetime | None
    error_at: datetime | None
    series: Series


def list_executions(
    plane: ControlPlane, tenant_id: str, wanted: Wanted, *, before: int | None = None, limit: int = 100
) -> list[Record]:
    """Return calls that are kept, the youngest first, those with an id below ``before``; raise `NotFound`."""
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        return executions.youngest(read, tenant_id, wanted, before=before, limit=limit)


def get_execution(plane: ControlPlane, tenant_id: str, identifier: int) -> Record:
    """Return one call; raise `NotFound`."""
    with plane.database.read() as read:
        found = executions.find(read, tenant_id, identifier)
    if found is None:
        raise NotFound("There is no such call, or it is kept no longer: EXECUTIONS_KEPT and EXECUTIONS_KEPT_DAYS.")
    return found


def statistics_of(
    plane: ControlPlane, tenant_id: str, permalink: str = EVERYTHING, *, span_s: int, since: float, until: float
) -> Series:
    """Return the figures of a connector, by default of all; raise `InvalidValue` for too many spans."""
    first, last = int(since) // span_s * span_s, int(until) // span_s * span_s
    if (last - first) // span_s >= MAX_POINTS:
        raise InvalidValue(f"That is more than {MAX_POINTS} points; ask for a shorter time, or for hours.")
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        if permalink != EVERYTHING and definitions.find(read, tenant_id, permalink) is None:
            raise NotFound(f"There is no connector {permalink!r}.")
        found = statistics.series(read, tenant_id, [permalink], span_s=span_s, since=first, until=last)
    return _series(found.get(permalink, {}), span_s, first, last)


def totals_since(plane: ControlPlane, tenant_id: str, since: float, *, limit: int = 50) -> dict[str, Figures]:
    """Return the figures since that hour of the connectors with the most failures and errors, the worst first.

    Those of permalinks that no connector has are together under ``""``.
    """
    start = int(since) // HOUR_S * HOUR_S
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        found = statistics.totals(read, tenant_id, span_s=HOUR_S, since=start, limit=limit)
    return {name: Figures.of(start, count) for name, count in found.items()}


def activity_of(
    plane: ControlPlane, tenant_id: str, permalinks: Sequence[str], *, now: float, hours: int = 24
) -> dict[str, Activity]:
    """Return what lists show of these connectors, in one look at the database."""
    last = int(now) // HOUR_S * HOUR_S
    first = last - (hours - 1) * HOUR_S
    with plane.database.read() as read:
        uses = statistics.uses_of(read, tenant_id)
        found = statistics.series(read, tenant_id, permalinks, span_s=HOUR_S, since=first, until=last)
    return {
        name: Activity(*_moments(uses.get(name)), _series(found.get(name, {}), HOUR_S, first, last))
        for name in permalinks
    }


def last_sent(read: Read, tenant_id: str) -> dict[str, datetime]:
    """Return when each connector's destination was called last, by permalink."""
    uses = statistics.uses_of(read, tenant_id)
    return {name: use.sent_at for name, use in uses.items() if use.sent_at is not None}


def _series(found: Mapping[int, Count], span_s: int, first: int, last: int) -> Series:
    whole = Count()
    for count in found.values():
        whole.merge(count)
    points = [Figures.of(start, found.get(start) or Count()) for start in range(first, last + 1, span_s)]
    return Series(span_s, points, Figures.of(first, whole))


def _moments(use: Any) -> tuple[datetime | None, datetime | None, datetime | None]:
    return (None, None, None) if use is None else (use.called_at, use.sent_at, use.error_at)


def _mean(total: float, count: int) -> float | None:
    return round(total / count, 2) if count else None
