"""What all processes of a machine have counted, as Prometheus reads it (text format, or OpenMetrics where it asks)."""

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from widget_service.telemetry import catalogue
from widget_service.telemetry.calls import BOUNDS_S, FINE_BOUNDS_S
from widget_service.telemetry.catalogue import METRICS, Kind, Metric
from widget_service.telemetry.state import KEPT, Durations, Labels, State

SILENT_S: Final = 10.0
"""A process that has told nothing for so long is gone, or stands still: what it holds now is not told any more."""

_BOUNDS = {catalogue.INTERNAL_DURATION.name: FINE_BOUNDS_S}


def exposition(states: Mapping[str, State], now: float, accept: str = "") -> tuple[str, bytes]:
    """Return content type and body; ``states`` are those of the processes by name, ``now`` is Unix time."""
    encode, content_type = choose_encoder(accept)
    return content_type, encode(_Collected(together(states, now)))


def together(states: Mapping[str, State], now: float) -> State:
    """Return what all processes have counted, and what those that live hold."""
    whole, live = State(now), 0
    for worker, state in states.items():
        is_live = now - state.at < SILENT_S
        live += is_live
        whole.merge(state, (*KEPT, Kind.GAUGE) if is_live else KEPT)
        if is_live:
            _merge_own(whole, state, worker)
    for labels in whole.values.get(catalogue.BUILD.name, {}):
        whole.set(catalogue.BUILD, 1, *labels)
    whole.set(catalogue.WORKERS, live)
    return whole


def _merge_own(whole: State, state: State, worker: str) -> None:
    for metric in METRICS:
        if metric.kind in (Kind.OF_WORKER, Kind.COUNTER_OF_WORKER):
            for labels, value in state.values.get(metric.name, {}).items():
                whole.set(metric, value, *labels, worker)


class _Collected(Collector):
    """A state as the library's encoders want it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterator[Family]:
        for metric in METRICS:
            if metric.kind is Kind.HISTOGRAM:
                yield _histogram(metric, self._state.durations.get(metric.name, {}))
            else:
                yield _family(metric, self._state.values.get(metric.name, {}))


def _family(metric: Metric, values: Mapping[Labels, float]) -> Family:
    is_counter = metric.kind in (Kind.COUNTER, Kind.COUNTER_OF_WORKER)
    make = CounterMetricFamily if is_counter else GaugeMetricFamily
    family = make(metric.name, metric.help, labels=metric.all_labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _histogram(metric: Metric, durations: Mapping[Labels, Durations]) -> Family:
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.all_labels)
    bounds = [*map(str, _BOUNDS.get(metric.name, BOUNDS_S)), "+Inf"]
    for labels, one in durations.items():
        seen, buckets = 0, []
        for bound, count in zip(bounds, one.counts, strict=True):
            seen += count
            buckets.append((bound, seen))
        family.add_metric(labels, buckets, one.seconds)
    return family
