"""Writing down what was noted of calls, in the background and in batches; calls never wait for it.

A database that is gone costs what was to be kept, and nothing else; counts are added up until it is back.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

import structlog

from widget_service.executions.counts import HOUR_S, MINUTE_S, Counts
from widget_service.executions.record import Record
from widget_service.executions.recorder import Recorder
from widget_service.storage import captured_bodies, executions, statistics, tenants
from widget_service.storage.database import Database
from widget_service.storage.errors import StorageError

log = structlog.get_logger("widget_service.executions")

ACTOR = "service"
INTERVAL_S: Final = 1.0
WAIT_S: Final = 2.0
"""What was noted of calls is not worth a longer wait for a database that others write to."""

COUNTS_EVERY: Final = 5
"""Counts are written with every so many batches: they are many, and nobody looks each second."""

SWEEP_EVERY: Final = 60
MINUTES_KEPT_S: Final = 3 * HOUR_S
BODIES_KEPT_S: Final = HOUR_S
"""After the call, since what callers send may be personal: an hour after the switch ends, none are left."""
HOURS_KEPT_S: Final = 90 * 24 * HOUR_S
MAX_COUNTS: Final = 50_000
"""Counts that are held while the database is gone: of so many connectors and minutes."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many calls of each tenant are kept, and for how long."""

    keep: int
    keep_s: float


class Sink(Protocol):
    """Keeps what was noted; blocks, and raises `StorageError`."""

    def write(self, records: list[Record], counts: Counts | None) -> None:
        """Keep calls, and add to the counts."""

    def sweep(self) -> None:
        """Delete what is old."""


class DatabaseSink:
    """The `Sink` that the processes of an installation share."""

    def __init__(self, database: Database, retention: Retention) -> None:
        self._database, self._retention = database, retention
        self._bodies_gone_until = 0.0

    def write(self, records: list[Record], counts: Counts | None) -> None:
        """Keep calls, and add to the counts; of tenants that are there."""
        with self._database.change(actor=ACTOR, action="executions.write", wait_s=WAIT_S) as change:
            known = {tenant.id for tenant in tenants.all_tenants(change)}
            executions.add_all(change, (record for record in records if record.tenant_id in known))
            if counts is not None:
                statistics.add_all(change, (row for row in counts.rows() if row[0] in known))
                uses = ((*key, use) for key, use in counts.uses.items() if key[0] in known)
                statistics.note_uses(change, uses)

    def sweep(self) -> None:
        """Delete what is old, and what is too much."""
        now = datetime.now(UTC).timestamp()
        with self._database.change(actor=ACTOR, action="executions.sweep", wait_s=WAIT_S) as change:
            ids = [tenant.id for tenant in tenants.all_tenants(change)]
            executions.delete_old(change, ids, keep=self._retention.keep, since=now - self._retention.keep_s)
            before = now - BODIES_KEPT_S
            captured_bodies.delete_old(change, ids, since=self._bodies_gone_until, before=before)
            statistics.delete_old(change, span_s=MINUTE_S, before=int(now) - MINUTES_KEPT_S)
            statistics.delete_old(change, span_s=HOUR_S, before=int(now) - HOURS_KEPT_S)
        self._bodies_gone_until = before - HOUR_S  # what another process wrote late is found too


class Writer:
    """Takes from the recorder every ``interval_s`` and writes, in a thread, until it is stopped."""

    def __init__(
        self,
        recorder: Recorder,
        sink: Sink,
        *,
        interval_s: float = INTERVAL_S,
        on_state: Callable[[bool], None] | None = None,
    ) -> None:
        """``on_state`` is told whether the last batch could be written."""
        self._recorder, self._sink, self._interval_s = recorder, sink, interval_s
        self._on_state = on_state
        self._lost = 0
        self._counts = Counts()
        self._batches = 0
        self.is_away = False
        """Whether the last batch could not be written."""
        self.written = 0
        self.dropped = 0
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write what there is, once, and end."""
        self._stopping.set()
        if self._task is not None:
            await self._task
        await self.flush(counts=True)

    async def flush(self, *, counts: bool) -> None:
        """Write what has come together; what cannot be written is told to the log, once."""
        records, counted, dropped = self._recorder.take()
        self._counts.merge(counted)
        self.dropped += dropped
        if dropped:
            log.warning("executions.dropped", count=dropped, reason="more calls than are written down")
        written = self._counts if counts and self._counts.by_minute else None
        if not records and written is None:
            return
        is_written = await self._tried(records, written) and written is not None
        if not is_written and len(self._counts.by_minute) > MAX_COUNTS:
            calls = sum(count.calls for count in self._counts.by_minute.values())
            since = datetime.fromtimestamp(min(start for _, _, start in self._counts.by_minute), UTC)
            log.error(
                "executions.counts_dropped",
                calls=calls,
                since=since.isoformat(),
                reason=f"more than {MAX_COUNTS} counts of connectors and minutes could not be written; "
                "statistics lack these calls",
            )
            is_written = True
        if is_written:
            self._counts = Counts()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._interval_s)
            self._batches += 1
            await self.flush(counts=self._batches % COUNTS_EVERY == 0)
            if self._batches % SWEEP_EVERY == 0:
                with contextlib.suppress(StorageError):
                    await asyncio.to_thread(self._sink.sweep)

    async def _tried(self, records: list[Record], counts: Counts | None) -> bool:
        try:
            await asyncio.to_thread(self._sink.write, records, counts)
        except StorageError as error:
            if not self.is_away:
                log.warning("executions.not_written", count=len(records), reason=str(error))
            self._lose(records)
            return False
        except Exception:
            log.error("executions.not_written", count=len(records), exc_info=True)
            self._lose(records)
            return False
        self.written += len(records)
        if self.is_away:
            log.info("executions.written_again", lost=self._lost)
            self.is_away, self._lost = False, 0
            self._tell(works=True)
        return True

    def _lose(self, records: list[Record]) -> None:
        self.is_away = True
        self.dropped += len(records)
        self._lost += len(records)
        self._tell(works=False)

    def _tell(self, *, works: bool) -> None:
        if self._on_state is not None:
            self._on_state(works)
