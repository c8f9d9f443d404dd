"""Counting calls: for each minute and connector how many, how they ended and how long they took."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from widget_service.executions.latencies import COUNTS, index_of

MINUTE_S: Final = 60
HOUR_S: Final = 3600

EVERYTHING: Final = "*"
"""Stands for all connectors of a tenant together."""

UNKNOWN: Final = ""
"""Stands for all permalinks that no connector has: whoever tries many must not fill the table."""


@dataclass(slots=True)
class Count:
    """What was counted of one connector in one span of time."""

    calls: int = 0
    errors: int = 0
    failures: int = 0
    cache_hits: int = 0
    total_ms: float = 0.0
    external_ms: float = 0.0
    latencies: list[int] = field(default_factory=lambda: [0] * COUNTS)

    def add(self, status: int, total_ms: float, external_ms: float, *, cache_hit: bool) -> None:
        """Count one call; an answer of 400 and above is an error, one of 500 and above a failure too."""
        self.calls += 1
        if status >= 400:
            self.errors += 1
            self.failures += status >= 500
        self.cache_hits += cache_hit
        self.total_ms += total_ms
        self.external_ms += external_ms
        self.latencies[index_of(total_ms)] += 1

    def merge(self, other: "Count") -> None:
        """Add what another has counted."""
        self.calls += other.calls
        self.errors += other.errors
        self.failures += other.failures
        self.cache_hits += other.cache_hits
        self.total_ms += other.total_ms
        self.external_ms += other.external_ms
        self.latencies = [mine + theirs for mine, theirs in zip(self.latencies, other.latencies, strict=True)]


@dataclass(slots=True)
class Use:
    """When a connector was called last, when its destination was, and when it answered with an error; Unix seconds."""

    called_at: float
    sent_at: float | None = None
    error_at: float | None = None


Key = tuple[str, str, int]
"""Tenant, permalink, and the Unix time at which the minute began."""


class Counts:
    """What was counted since it was last written down."""

    def __init__(self) -> None:
        self.by_minute: dict[Key, Count] = {}
        self.uses: dict[tuple[str, str], Use] = {}

    def count(self, tenant_id: str, permalink: str, at: float) -> Count:
        """Return where a call of that minute is counted."""
        key = (tenant_id, permalink, int(at) // MINUTE_S * MINUTE_S)
        found = self.by_minute.get(key)
        if found is None:
            found = self.by_minute[key] = Count()
        return found

    def use(self, tenant_id: str, permalink: str, at: float) -> Use:
        """Return the connector's last use, with ``at`` for its last call."""
        found = self.uses.get((tenant_id, permalink))
        if found is None:
            found = self.uses[tenant_id, permalink] = Use(at)
        found.called_at = at
        return found

    def merge(self, later: "Counts") -> None:
        """Add what was counted after this."""
        for key, count in later.by_minute.items():
            if key in self.by_minute:
                self.by_minute[key].merge(count)
            else:
                self.by_minute[key] = count
        for key_of_use, use in later.uses.items():
            before = self.uses.get(key_of_use)
            if before is not None:
                use.sent_at = use.sent_at or before.sent_at
                use.error_at = use.error_at or before.error_at
            self.uses[key_of_use] = use

    def rows(self) -> Iterator[tuple[str, int, str, int, Count]]:
        """Yield ``(tenant, span, permalink, start, count)`` by minute and hour, for each connector and for all."""
        summed: dict[tuple[str, int, str, int], Count] = {}
        for (tenant_id, permalink, start), count in self.by_minute.items():
            for span_s in (MINUTE_S, HOUR_S):
                for name in (permalink, EVERYTHING):
                    key = (tenant_id, span_s, name, start // span_s * span_s)
                    summed.setdefault(key, Count()).merge(count)
        for (tenant_id, span_s, permalink, start), count in summed.items():
            yield tenant_id, span_s, permalink, start, count
