"""What one process has counted, as it is handed to whoever answers a scrape. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from widget_service.telemetry.catalogue import BY_NAME, Kind, Metric

Labels = tuple[str, ...]

KEPT = (Kind.COUNTER, Kind.HISTOGRAM)
"""What a process leaves to the one that takes its place, so that no counter ever goes back."""


@dataclass(slots=True)
class Durations:
    """A histogram: how many lie between the bounds (in seconds; the last count is beyond them), and their sum."""

    counts: list[int]
    seconds: float

    def plus(self, other: "Durations") -> "Durations":
        """Return both together."""
        return Durations(
            [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)],
            self.seconds + other.seconds,
        )


@dataclass(slots=True)
class State:
    """Values by metric and labels, taken at that Unix time."""

    at: float = 0.0
    values: dict[str, dict[Labels, float]] = field(default_factory=dict)
    durations: dict[str, dict[Labels, Durations]] = field(default_factory=dict)

    def set(self, metric: Metric, value: float, *labels: str) -> None:
        """Put one value."""
        self.values.setdefault(metric.name, {})[labels] = value

    def add(self, metric: Metric, value: float, *labels: str) -> None:
        """Add to one value."""
        of_metric = self.values.setdefault(metric.name, {})
        of_metric[labels] = of_metric.get(labels, 0) + value

    def set_all(self, metric: Metric, values: Mapping[str, float]) -> None:
        """Put the values of a metric with one label."""
        for label, value in values.items():
            self.set(metric, value, label)

    def set_durations(self, metric: Metric, counts: Sequence[int], seconds: float, *labels: str) -> None:
        """Put one histogram."""
        self.durations.setdefault(metric.name, {})[labels] = Durations(list(counts), seconds)

    def merge(self, other: "State", kinds: Sequence[Kind] = tuple(Kind)) -> None:
        """Add what another process has, of metrics of these kinds."""
        for name, values in other.values.items():
            if BY_NAME[name].kind in kinds:
                for labels, value in values.items():
                    self.add(BY_NAME[name], value, *labels)
        for name, all_durations in other.durations.items():
            mine = self.durations.setdefault(name, {})
            for labels, durations in all_durations.items():
                mine[labels] = mine[labels].plus(durations) if labels in mine else durations

    def to_json(self) -> bytes:
        """Return the state as it is written down."""
        values = {name: [[labels, value] for labels, value in all_.items()] for name, all_ in self.values.items()}
        durations = {
            name: [[labels, one.counts, one.seconds] for labels, one in all_.items()]
            for name, all_ in self.durations.items()
        }
        return orjson.dumps({"at": self.at, "values": values, "durations": durations})


def state_of_json(text: bytes) -> State:
    """Return a state that was written down, without metrics that this version does not know."""
    read: dict[str, Any] = orjson.loads(text)
    state = State(at=read["at"])
    for name, pairs in read["values"].items():
        if name in BY_NAME:
            state.values[name] = {tuple(labels): value for [labels, value] in pairs}
    for name, rows in read["durations"].items():
        if name in BY_NAME:
            state.durations[name] = {tuple(labels): Durations(counts, seconds) for labels, counts, seconds in rows}
    return state
