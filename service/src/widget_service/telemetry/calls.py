"""Counting calls for metrics, on the way of each of them: a few additions, nothing is formatted.

How many there were of a connector and how long they took is counted for the statistics already; it is taken from there.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from widget_service.execution.timing import Timing
from widget_service.executions.counts import UNKNOWN, Count, Counts
from widget_service.executions.latencies import BOUNDS_MS

BOUNDS_S: Final = tuple(bound / 1000 for bound in BOUNDS_MS)
FINE_BOUNDS_S: Final = (
    0.0001,
    0.0002,
    0.0003,
    0.0005,
    0.0007,
    0.001,
    0.0015,
    0.002,
    0.003,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.5,
)
"""Bounds for the time that the service itself takes."""

MAX_TENANTS: Final = 50
OTHER: Final = "(other)"
"""Stands for all tenants and connectors beyond those that are named; no name is written like that."""

NOT_FOUND: Final = "(unknown)"
"""Stands for all permalinks that no connector has."""

NOBODY: Final = "(unknown)"
"""Stands for the tenant of calls that belong to none."""

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
STATUSES: Final = ("0xx", "1xx", "2xx", "3xx", "4xx", "5xx")

Pair = tuple[str, str]
Outcome = tuple[Pair, str, int, str, str]
"""Tenant and connector, method, class of the status, code, and what the cache had."""


class Histogram:
    """Durations between ``bounds`` (seconds)."""

    __slots__ = ("_bounds", "counts", "seconds")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(self._bounds, seconds)] += 1
        self.seconds += seconds


class CallMeter:
    """Counts calls. ``max_connectors`` are named, those that are called first; the rest are counted together."""

    def __init__(self, max_connectors: int) -> None:
        self._max_connectors = max_connectors
        self._names: dict[Pair, Pair] = {}
        self._tenants: set[str] = set()
        self._totals: dict[Pair, Count] = {}
        self.outcomes: dict[Outcome, int] = {}
        self.upstream = Histogram(BOUNDS_S)
        self.internal = Histogram(FINE_BOUNDS_S)

    def add(self, tenant_id: str, permalink: str, method: str, status: int, timing: Timing) -> None:
        """Count one call; ``permalink`` is one that there is, or `UNKNOWN`."""
        key = (tenant_id, permalink)
        name = self._names.get(key) or self._name(key)
        outcome = (name, method if method in METHODS else "other", status // 100, timing.error, timing.cache_result)
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        external_s = timing.seconds.get("external", 0.0)
        if external_s:
            self.upstream.add(external_s)
        self.internal.add(max(timing.total_ms / 1000 - external_s, 0.0))

    def fold(self, counts: Counts) -> None:
        """Keep what was counted for the statistics, before it is written down and forgotten."""
        _fold(self._totals, self._named(counts))

    def durations(self, pending: Counts) -> dict[Pair, Count]:
        """Return how many calls of each connector there were and how long they took; ``pending`` is not folded yet."""
        totals = {name: replace(count) for name, count in self._totals.items()}
        _fold(totals, self._named(pending))
        return totals

    def _named(self, counts: Counts) -> Iterator[tuple[Pair, Count]]:
        for (tenant_id, permalink, _), count in counts.by_minute.items():
            key = (tenant_id, permalink)
            yield self._names.get(key) or self._name(key), count

    def _name(self, key: Pair) -> Pair:
        """Return what a connector is called in metrics. It is remembered for those that are named."""
        tenant_id, permalink = key
        if tenant_id not in self._tenants:
            if len(self._tenants) >= MAX_TENANTS:
                return OTHER, OTHER
            self._tenants.add(tenant_id)
        if permalink == UNKNOWN:
            return tenant_id, NOT_FOUND
        if len(self._names) >= self._max_connectors:
            return tenant_id, OTHER
        name = self._names[key] = key
        return name


def _fold(totals: dict[Pair, Count], counts: Iterator[tuple[Pair, Count]]) -> None:
    for name, count in counts:
        totals.setdefault(name, Count()).merge(count)
