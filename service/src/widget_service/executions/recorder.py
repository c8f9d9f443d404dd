"""Taking note of calls, on the way of each of them: counted, and some put aside to be written later.

Nothing here waits and nothing raises. What is put aside is bounded; what has no place is counted in ``dropped``.
"""

from collections.abc import Callable, Mapping
from time import time
from typing import Any, Final

import structlog

from widget_service.connectors.snapshot import NOTHING, Snapshot
from widget_service.execution.answer import Answer
from widget_service.execution.composite.resolving import PREFIX
from widget_service.execution.composite.timing import CompositeTiming
from widget_service.execution.execution import Execution
from widget_service.execution.timing import Timing
from widget_service.executions.captures import Allowance, captured
from widget_service.executions.counts import UNKNOWN, Counts
from widget_service.executions.record import Record, record_id, text_of
from widget_service.telemetry.calls import NOBODY, CallMeter

log = structlog.get_logger("widget_service.executions")

MAX_WAITING: Final = 10_000
"""Calls that wait to be written, of all tenants together."""

MAX_STEPS: Final = 100
SnapshotOf = Callable[[Mapping[str, str]], Snapshot | None]


class Recorder:
    """Takes note of calls. ``per_second`` are kept of a tenant, and as many again of those that ended in an error.

    ``snapshot_of`` says whose a call is that was refused before that was settled, by its headers. ``meter`` counts
    calls for metrics.
    """

    def __init__(
        self,
        per_second: int,
        snapshot_of: SnapshotOf,
        clock: Callable[[], float] = time,
        *,
        meter: CallMeter | None = None,
    ) -> None:
        self._per_second, self._snapshot_of, self._clock = per_second, snapshot_of, clock
        self._meter = meter
        self._second = 0
        self._kept: dict[tuple[str, bool], int] = {}
        self._allowance = Allowance()
        self.counts = Counts()
        self.waiting: list[Record] = []
        self.dropped = 0

    def add(self, execution: Execution, answer: Answer) -> None:
        """Take note of one call that was answered."""
        try:
            self._add(execution, answer)
        except Exception:
            log.error("executions.not_noted", request_id=execution.request_id, exc_info=True)

    def _add(self, execution: Execution, answer: Answer) -> None:
        at, timing, status = self._clock(), execution.timing, answer.status
        own = execution.snapshot
        snapshot = own if own is not NOTHING else self._snapshot_of(execution.call.headers)
        if snapshot is None:
            if self._meter is not None:
                self._meter.add(NOBODY, UNKNOWN, execution.call.method, status, timing)
            return
        tenant_id = snapshot.tenant_id
        permalink, is_composite = _permalink(execution)
        known = permalink if _is_known(snapshot, permalink, is_composite) else UNKNOWN
        total_ms, seconds = timing.total_ms, timing.seconds
        external_ms = seconds.get("external", 0.0) * 1000
        self.counts.count(tenant_id, known, at).add(status, total_ms, external_ms, cache_hit=timing.cache_hit)
        if self._meter is not None:
            self._meter.add(tenant_id, known, execution.call.method, status, timing)
        if known:
            use = self.counts.use(tenant_id, known, at)
            if timing.external_host or is_composite:
                use.sent_at = at
            if status >= 400:
                use.error_at = at
        until = snapshot.captures.get(permalink, 0.0) if snapshot.captures else 0.0
        if self._has_place(tenant_id, int(at), is_error=status >= 400):
            is_wanted = until > at and self._allowance.take(tenant_id, permalink, until)
            capture = captured(execution, answer) if is_wanted else None
            self.waiting.append(_record(execution, answer, tenant_id, at, capture))

    def _has_place(self, tenant_id: str, second: int, *, is_error: bool) -> bool:
        if second != self._second:
            self._second = second
            self._kept.clear()
        key = (tenant_id, is_error)
        kept = self._kept.get(key, 0)
        if kept >= self._per_second:
            return False
        if len(self.waiting) >= MAX_WAITING:
            self.dropped += 1
            return False
        self._kept[key] = kept + 1
        return True

    def take(self) -> tuple[list[Record], Counts, int]:
        """Return what has come together, and begin anew."""
        taken = self.waiting, self.counts, self.dropped
        if self._meter is not None:
            self._meter.fold(self.counts)
        self.waiting, self.counts, self.dropped = [], Counts(), 0
        return taken


def _permalink(execution: Execution) -> tuple[str, bool]:
    permalink = execution.call.permalink
    is_composite = permalink.startswith(PREFIX)
    return (permalink.removeprefix(PREFIX) if is_composite else permalink), is_composite


def _is_known(snapshot: Snapshot, permalink: str, is_composite: bool) -> bool:
    return permalink in (snapshot.composites if is_composite else snapshot.connectors)


def _record(execution: Execution, answer: Answer, tenant_id: str, at: float, capture: dict[str, Any] | None) -> Record:
    timing, call, user = execution.timing, execution.call, execution.caller.user
    permalink, is_composite = _permalink(execution)
    details = {**_steps(timing), **({"capture": capture} if capture else {})}

    def ms(stage: str) -> float:
        return round(timing.seconds.get(stage, 0.0) * 1000, 2)

    return Record(
        id=record_id(at),
        tenant_id=tenant_id,
        permalink=text_of(permalink),
        kind="composite" if is_composite else "connector",
        method=text_of(call.method, 16),
        status=answer.status,
        code=timing.error or None,
        caller=None if user is None else text_of(str(user.id)),
        request_id=text_of(execution.request_id),
        host=text_of(timing.external_host) or None,
        total_ms=round(timing.total_ms, 2),
        setup_ms=ms("setup"),
        auth_ms=ms("auth"),
        cache_ms=ms("cache"),
        external_ms=ms("external"),
        transform_ms=ms("transform"),
        cache=timing.cache_result,
        request_bytes=len(call.body) or _length(call.headers.get("content-length", "0")),
        response_bytes=_response_bytes(answer),
        attempts=_attempts(execution),
        details=details or None,
    )


def _steps(timing: Timing) -> dict[str, Any]:
    if not isinstance(timing, CompositeTiming):
        return {}
    steps = []
    for _, (name, step) in sorted(timing.steps.items())[:MAX_STEPS]:
        told = {"skipped": True} if step is None else {"start_ms": round(step.started_ms(timing), 2), **step.as_dict()}
        steps.append({"name": text_of(name), **told})
    return {"steps": steps}


def _attempts(execution: Execution) -> int:
    if execution.composite is None:
        return execution.attempts
    return sum(step.attempts for step in execution.composite.runner.executions.values())


def _response_bytes(answer: Answer) -> int | None:
    if answer.stream is None:
        return len(answer.body or b"")
    return _length(next((value for name, value in answer.headers if name == "Content-Length"), ""))


def _length(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
