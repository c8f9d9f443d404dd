"""Latencies between bounds, and counts of a minute that become those of hours and of all connectors."""

import pytest

from widget_service.executions.counts import EVERYTHING, HOUR_S, MINUTE_S, Count, Counts
from widget_service.executions.latencies import BOUNDS_MS, COUNTS, index_of, percentile_ms


@pytest.mark.parametrize(
    ("milliseconds", "index"), [(0, 0), (1, 0), (1.01, 1), (2, 1), (5000, COUNTS - 2), (5000.1, COUNTS - 1), (1e9, 22)]
)
def test_a_latency_belongs_below_the_least_bound_that_holds_it(milliseconds, index):
    assert index_of(milliseconds) == index


def test_percentiles_lie_between_the_bounds_of_the_calls_that_they_fall_on():
    counts = [0] * COUNTS
    assert percentile_ms(counts, 0.5) is None
    for latency in range(1, 101):
        counts[index_of(latency)] += 1
    assert percentile_ms(counts, 0.5) == pytest.approx(50, abs=1)
    assert percentile_ms(counts, 0.95) == pytest.approx(95, abs=1.5)
    assert percentile_ms(counts, 1) == 100
    slow = [0] * COUNTS
    slow[-1] = 1
    assert BOUNDS_MS[-1] < percentile_ms(slow, 0.99) <= 30_000


def test_counts_are_told_by_minute_and_hour_for_each_connector_and_for_all():
    counts = Counts()
    for permalink, at, status in (("a", 3600, 200), ("a", 3659.9, 404), ("a", 3660, 500), ("b", 3660, 200)):
        counts.count("t", permalink, at).add(status, 10, 4, cache_hit=False)
    rows = {row[:4]: row[4] for row in counts.rows()}
    told = {key: (count.calls, count.errors, count.failures) for key, count in rows.items()}
    assert told == {
        ("t", MINUTE_S, "a", 3600): (2, 1, 0),
        ("t", MINUTE_S, "a", 3660): (1, 1, 1),
        ("t", MINUTE_S, "b", 3660): (1, 0, 0),
        ("t", MINUTE_S, EVERYTHING, 3600): (2, 1, 0),
        ("t", MINUTE_S, EVERYTHING, 3660): (2, 1, 1),
        ("t", HOUR_S, "a", 3600): (3, 2, 1),
        ("t", HOUR_S, "b", 3600): (1, 0, 0),
        ("t", HOUR_S, EVERYTHING, 3600): (4, 2, 1),
    }
    assert sum(rows["t", HOUR_S, EVERYTHING, 3600].latencies) == 4
    assert rows["t", HOUR_S, EVERYTHING, 3600].external_ms == 16


def test_what_was_counted_later_is_added_and_an_earlier_error_is_not_forgotten():
    first, later = Counts(), Counts()
    first.count("t", "a", 0).add(500, 1, 0, cache_hit=False)
    first.use("t", "a", 1).error_at = 1
    later.count("t", "a", 30).add(200, 1, 0, cache_hit=True)
    later.use("t", "a", 30).sent_at = 30
    first.merge(later)
    assert (first.by_minute["t", "a", 0].calls, first.by_minute["t", "a", 0].cache_hits) == (2, 1)
    use = first.uses["t", "a"]
    assert (use.called_at, use.sent_at, use.error_at) == (30, 30, 1)


def test_an_empty_count_has_as_many_latencies_as_there_are_bounds_and_one():
    assert len(Count().latencies) == COUNTS
