"""Every metric, once: its name, kind and labels, and what it says. No I/O."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

PREFIX: Final = "widget_service_"


class Kind(Enum):
    """How a metric moves, and how those of several workers are put together."""

    COUNTER = "counter"
    """Only grows; added up."""

    GAUGE = "gauge"
    """Goes up and down; added up."""

    OF_WORKER = "gauge of each worker"
    """Goes up and down, and means something for one worker alone: it has the label ``worker``."""

    COUNTER_OF_WORKER = "counter of each worker"
    """Only grows while a worker lives: it has the label ``worker``."""

    HISTOGRAM = "histogram"
    """Durations counted between bounds; added up."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. ``labels`` are its own, without the ``worker`` that its kind may add."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()

    @property
    def all_labels(self) -> tuple[str, ...]:
        """The labels as they are exposed."""
        by_worker = self.kind in (Kind.OF_WORKER, Kind.COUNTER_OF_WORKER)
        return (*self.labels, "worker") if by_worker else self.labels


def _own(name: str, kind: Kind, help_: str, *labels: str) -> Metric:
    return Metric(PREFIX + name, kind, help_, labels)


EXECUTIONS = _own(
    "executions_total",
    Kind.COUNTER,
    "Calls that were answered, by what they were answered with: the class of the status, and the code of the error "
    "envelope where the answer is the service's own",
    *("tenant", "connector", "method", "status", "code"),
)
DURATION = _own(
    "execution_duration_seconds",
    Kind.HISTOGRAM,
    "Time from a call to the head of its answer, the wait for the destination included",
    *("tenant", "connector"),
)
UPSTREAM_SECONDS = _own(
    "connector_upstream_seconds_total",
    Kind.COUNTER,
    "Time that calls of a connector waited for its destination",
    *("tenant", "connector"),
)
UPSTREAM_DURATION = _own(
    "execution_upstream_duration_seconds", Kind.HISTOGRAM, "Time that a call waited for its destination, if it did"
)
INTERNAL_DURATION = _own(
    "execution_internal_duration_seconds", Kind.HISTOGRAM, "Time that a call took beside the wait for its destination"
)
IN_FLIGHT = _own("executions_in_flight", Kind.GAUGE, "Calls that are under way")
LIMIT = _own("executions_limit", Kind.GAUGE, "Calls that may be under way (MAX_EXECUTIONS of each worker)")
REFUSED = _own(
    "executions_refused_total",
    Kind.COUNTER,
    "Calls that were turned away before it was settled whose they are: `too_many` at a time, or `stopping`",
    "reason",
)
WAITING = _own("executions_waiting", Kind.GAUGE, "Calls that wait for their turn at a connector or a destination")
OPEN_CIRCUITS = _own("open_circuits", Kind.GAUGE, "Destinations that do not answer and are left alone for a while")
CACHE_RESULTS = _own(
    "cache_results_total",
    Kind.COUNTER,
    "Calls by what the cache had: `hit`, `miss`, `revalidated`, `stale`, `coalesced` or `bypass`",
    "result",
)
CACHE_ENTRIES = _own("cache_entries", Kind.GAUGE, "Answers that are kept in memory")
CACHE_BYTES = _own("cache_bytes", Kind.GAUGE, "Memory that kept answers take")
CACHE_MAX_BYTES = _own("cache_max_bytes", Kind.GAUGE, "Memory that kept answers may take")
TOKEN_REQUESTS = _own(
    "token_requests_total",
    Kind.COUNTER,
    "Tokens of destinations that had to be obtained: `fetched`, `shared` by another process, or `failed`",
    "result",
)
UPSTREAM_EXCHANGES = _own("upstream_exchanges", Kind.GAUGE, "Exchanges with destinations that are under way")
UPSTREAM_CONNECTIONS = _own(
    "upstream_connections_opened_total", Kind.COUNTER, "Connections to destinations that were begun, not used again"
)
EGRESS_REFUSALS = _own(
    "egress_refusals_total",
    Kind.COUNTER,
    "Requests to destinations that the guard refused, by the rule that refused them",
    "rule",
)
TEMPLATE_WORKERS = _own(
    "template_workers", Kind.GAUGE, "Processes that render large or slow templates: `busy` or `idle`", "state"
)
TEMPLATE_RENDERS = _own(
    "template_worker_renders_total",
    Kind.COUNTER,
    "Templates rendered by such processes: `done`, or `killed` with the process",
    "result",
)
SNAPSHOT_REVISION = _own("snapshot_revision", Kind.OF_WORKER, "Number of the last change that the worker serves")
SNAPSHOT_LOADED = _own(
    "snapshot_loaded_timestamp_seconds", Kind.OF_WORKER, "When the worker took over what it serves, as Unix time"
)
SNAPSHOT_CONNECTORS = _own("snapshot_connectors", Kind.OF_WORKER, "Connectors that the worker serves, of all tenants")
SNAPSHOT_TENANTS = _own("snapshot_tenants", Kind.OF_WORKER, "Tenants that the worker serves")
DATABASE_UP = _own(
    "database_up", Kind.OF_WORKER, "Whether the worker can follow the changes in the database: 1, or 0 where it cannot"
)
CACHE_UP = _own(
    "cache_server_up",
    Kind.OF_WORKER,
    "Whether the server of CACHE_URL was there when it was last asked: 1 or 0; absent where none is set",
)
RECORDS_WAITING = _own("call_records_waiting", Kind.GAUGE, "Calls that wait to be written down")
RECORDS_WRITTEN = _own("call_records_written_total", Kind.COUNTER, "Calls that were written down")
RECORDS_DROPPED = _own(
    "call_records_dropped_total", Kind.COUNTER, "Calls that should have been written down and could not be"
)
WORKERS = _own("workers", Kind.GAUGE, "Workers that have told of themselves within the last seconds")
LOOP_LAG = _own(
    "event_loop_lag_seconds",
    Kind.OF_WORKER,
    "How late the worker's event loop came round when it last looked, each second",
)
BUILD = _own("build_info", Kind.GAUGE, "Always 1; the version is in its labels", "version", "python")

PROCESS_CPU = Metric(
    "process_cpu_seconds_total", Kind.COUNTER_OF_WORKER, "Processor time that the worker has used, in seconds"
)
PROCESS_MEMORY = Metric("process_resident_memory_bytes", Kind.OF_WORKER, "Memory of the worker, in bytes")
PROCESS_VIRTUAL = Metric("process_virtual_memory_bytes", Kind.OF_WORKER, "Address space of the worker, in bytes")
PROCESS_START = Metric("process_start_time_seconds", Kind.OF_WORKER, "When the worker was started, as Unix time")
PROCESS_FDS = Metric("process_open_fds", Kind.OF_WORKER, "Files and sockets that the worker has open")
PROCESS_MAX_FDS = Metric("process_max_fds", Kind.OF_WORKER, "Files and sockets that the worker may have open")

METRICS: Final[tuple[Metric, ...]] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
BY_NAME: Final = {metric.name: metric for metric in METRICS}
