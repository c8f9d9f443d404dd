"""What is counted of calls: bounded, whatever callers and destinations write, and never twice."""

import pytest

from widget_service.execution.timing import Timing
from widget_service.executions.counts import UNKNOWN, Counts
from widget_service.telemetry.calls import MAX_TENANTS, NOT_FOUND, OTHER, CallMeter


def timing_of(error=""):
    timing = Timing()
    timing.error = error
    return timing


def labels(meter):
    return {outcome[0] for outcome in meter.outcomes}


def test_so_many_connectors_are_named_and_the_rest_are_told_together():
    meter = CallMeter(2)
    for permalink in ("a", "b", "c", "d", "a", UNKNOWN):
        meter.add("t", permalink, "GET", 200, timing_of())
    assert labels(meter) == {("t", "a"), ("t", "b"), ("t", OTHER), ("t", NOT_FOUND)}
    assert sum(meter.outcomes.values()) == 6


def test_so_many_tenants_are_named_and_the_rest_are_told_together():
    meter = CallMeter(10_000)
    for number in range(MAX_TENANTS + 5):
        meter.add(f"t{number}", "a", "GET", 200, timing_of())
    assert len(labels(meter)) == MAX_TENANTS + 1
    assert meter.outcomes[((OTHER, OTHER), "GET", 2, "", "Bypass")] == 5


@pytest.mark.parametrize(
    ("method", "told"), [("GET", "GET"), ("PATCH", "PATCH"), ("X" * 9000, "other"), ("get", "other")]
)
def test_a_caller_names_no_method_of_its_own(method, told):
    meter = CallMeter(1)
    meter.add("t", "a", method, 400, timing_of("METHOD_NOT_ALLOWED"))
    assert list(meter.outcomes) == [(("t", "a"), told, 4, "METHOD_NOT_ALLOWED", "Bypass")]


def test_what_was_written_down_is_told_once():
    meter, counts = CallMeter(1), Counts()
    for permalink, milliseconds in (("a", 1.5), ("a", 40.0), ("b", 2.5)):
        counts.count("t", permalink, 60.0).add(200, milliseconds, 1.0, cache_hit=False)
    before = meter.durations(counts)
    meter.fold(counts)
    assert meter.durations(Counts()) == before
    assert {name: (count.calls, count.total_ms) for name, count in before.items()} == {
        ("t", "a"): (2, 41.5),
        ("t", OTHER): (1, 2.5),
    }


def test_what_is_told_changes_nothing_that_was_counted():
    meter, counts = CallMeter(1), Counts()
    counts.count("t", "a", 60.0).add(200, 1.5, 1.0, cache_hit=False)
    meter.fold(counts)
    assert meter.durations(counts)["t", "a"].calls == 2
    assert meter.durations(counts)["t", "a"].calls == 2
