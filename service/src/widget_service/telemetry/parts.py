"""What a serving process has counted in all its parts, read from them when it is asked for.

The parts count by themselves and know nothing of metrics.
"""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from prometheus_client import ProcessCollector

from widget_service._version import __version__
from widget_service.authentication.tokens import Tokens
from widget_service.caching.memory import Usage
from widget_service.egress import UpstreamClient
from widget_service.execution.asgi import ExecutionEndpoint
from widget_service.execution.limits.destinations import DestinationLimits
from widget_service.executions.recorder import Recorder
from widget_service.executions.writing import Writer
from widget_service.settings import Settings
from widget_service.telemetry import catalogue as metrics
from widget_service.telemetry.calls import STATUSES, CallMeter
from widget_service.telemetry.catalogue import BY_NAME
from widget_service.telemetry.state import State
from widget_service.templating import TemplateWorkers

_PYTHON: Final = platform.python_version()
_processes = ProcessCollector(registry=None)


@dataclass(frozen=True, slots=True)
class Serving:
    """What a process serves: the number of the last change, when it was taken over, and how much there is."""

    revision: int
    loaded_at: float
    tenants: int
    connectors: int
    is_following: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of one serving process. ``serving`` and ``cache_usage`` tell what is so now.

    ``cache_is_up`` says whether the server that processes share was there; None where there is none.
    """

    settings: Settings
    execution: ExecutionEndpoint
    limits: DestinationLimits
    meter: CallMeter
    recorder: Recorder
    writer: Writer
    tokens: Tokens
    client: UpstreamClient
    workers: TemplateWorkers
    serving: Callable[[], Serving]
    cache_usage: Callable[[], Usage]
    cache_is_up: Callable[[], bool | None]

    def state(self) -> State:
        """Return all that was counted; in the event loop's thread."""
        state = State(time.time())
        self._put_calls(state)
        self._put_execution(state)
        self._put_egress(state)
        self._put_cache(state)
        self._put_serving(state)
        self._put_records(state)
        put_process(state)
        return state

    def _put_calls(self, state: State) -> None:
        meter = self.meter
        for ((tenant, connector), method, status, code, cache), count in meter.outcomes.items():
            status_class = STATUSES[status] if status < len(STATUSES) else "other"
            state.add(metrics.EXECUTIONS, count, tenant, connector, method, status_class, code)
            state.add(metrics.CACHE_RESULTS, count, cache_label(cache))
        for pair, total in meter.durations(self.recorder.counts).items():
            state.set_durations(metrics.DURATION, total.latencies, total.total_ms / 1000, *pair)
            state.set(metrics.UPSTREAM_SECONDS, total.external_ms / 1000, *pair)
        state.set_durations(metrics.UPSTREAM_DURATION, meter.upstream.counts, meter.upstream.seconds)
        state.set_durations(metrics.INTERNAL_DURATION, meter.internal.counts, meter.internal.seconds)

    def _put_execution(self, state: State) -> None:
        running = self.execution.running
        state.set(metrics.IN_FLIGHT, running.executing)
        state.set(metrics.LIMIT, self.settings.max_executions)
        state.set_all(metrics.REFUSED, {"too_many": running.refused, "stopping": running.refused_stopping})
        state.set(metrics.WAITING, self.limits.waiting)
        state.set(metrics.OPEN_CIRCUITS, self.limits.open_circuits)
        state.set_all(metrics.TEMPLATE_WORKERS, {"busy": self.workers.busy, "idle": self.workers.idle})
        state.set_all(metrics.TEMPLATE_RENDERS, {"done": 0, "killed": 0, **self.workers.renders})

    def _put_egress(self, state: State) -> None:
        state.set_all(metrics.TOKEN_REQUESTS, {"fetched": 0, "shared": 0, "failed": 0, **self.tokens.requests})
        state.set(metrics.UPSTREAM_EXCHANGES, self.client.running)
        state.set(metrics.UPSTREAM_CONNECTIONS, self.client.connections_opened)
        state.set_all(metrics.EGRESS_REFUSALS, self.client.refusals)

    def _put_cache(self, state: State) -> None:
        usage = self.cache_usage()
        state.set(metrics.CACHE_ENTRIES, usage.entries)
        state.set(metrics.CACHE_BYTES, usage.bytes)
        state.set(metrics.CACHE_MAX_BYTES, self.settings.cache_max_bytes)
        if (is_up := self.cache_is_up()) is not None:
            state.set(metrics.CACHE_UP, is_up)

    def _put_serving(self, state: State) -> None:
        serving = self.serving()
        state.set(metrics.SNAPSHOT_REVISION, serving.revision)
        state.set(metrics.SNAPSHOT_LOADED, serving.loaded_at)
        state.set(metrics.SNAPSHOT_TENANTS, serving.tenants)
        state.set(metrics.SNAPSHOT_CONNECTORS, serving.connectors)
        state.set(metrics.DATABASE_UP, serving.is_following)

    def _put_records(self, state: State) -> None:
        state.set(metrics.RECORDS_WAITING, len(self.recorder.waiting))
        state.set(metrics.RECORDS_WRITTEN, self.writer.written)
        state.set(metrics.RECORDS_DROPPED, self.writer.dropped + self.recorder.dropped)


def put_process(state: State) -> None:
    """Put what the system says of this process; on Linux, nothing elsewhere."""
    state.set(metrics.BUILD, 1, __version__, _PYTHON)
    for family in _processes.collect():
        for sample in family.samples:
            if sample.name in BY_NAME:
                state.set(BY_NAME[sample.name], sample.value)


def cache_label(result: str) -> str:
    """Return what the cache had, in one word."""
    return str(result).lower().removeprefix("cache ")
