"""Counting in memory: a minute from the first time, all rates or none, and never more than so many keys."""

from widget_service.ratelimits.memory import RateCounter
from widget_service.ratelimits.rate import Rate


def rate(key: str, limit: int = 3) -> Rate:
    return Rate("connector", key, limit)


def test_so_many_a_minute_that_begins_with_the_first():
    counter = RateCounter()
    told = [counter.hit([rate("a")], now) for now in (5.0, 20.0, 64.9)]
    assert [(free, standing.remaining, round(standing.resets_in_s, 3)) for free, (standing,) in told] == [
        (True, 2, 60.0),
        (True, 1, 45.0),
        (True, 0, 0.1),
    ]
    free, (standing,) = counter.hit([rate("a")], 64.95)
    assert (free, standing.remaining) == (False, 0)
    free, (standing,) = counter.hit([rate("a")], 65.0)
    assert (free, standing.remaining, standing.resets_in_s) == (True, 2, 60.0)


def test_what_is_refused_is_counted_for_nothing():
    counter = RateCounter()
    counter.hit([rate("narrow", 1)], 0.0)
    for _ in range(5):
        free, (wide, narrow) = counter.hit([rate("wide", 10), rate("narrow", 1)], 1.0)
        assert (free, wide.remaining, narrow.remaining) == (False, 10, 0)


def test_keys_do_not_feel_each_other():
    counter = RateCounter()
    for _ in range(3):
        counter.hit([rate("a")], 0.0)
    assert counter.hit([rate("a")], 1.0)[0] is False
    assert counter.hit([rate("b")], 1.0)[0] is True


def test_what_is_over_is_forgotten_and_there_is_a_bound():
    counter = RateCounter(max_keys=10)
    for number in range(1000):
        counter.hit([rate(f"k{number}")], number * 0.001)
    assert len(counter) == 10
    assert counter.hit([rate("k999")], 1.0)[1][0].remaining == 1
    counter.hit([rate("later")], 100.0)
    assert len(counter) == 1


def test_too_many_keys_of_one_pool_push_out_none_of_another():
    """Else somebody with very many addresses could begin the minute of a tenant, or of another one, anew."""
    counter = RateCounter(max_keys=10)
    quota = Rate("tenant", "tenant", 3, pool="t")
    for number in range(3):
        counter.hit([quota], number * 0.001)
    for number in range(1000):
        counter.hit([Rate("caller", f"k{number}", 3, pool="t\ncallers")], 1.0)
    assert counter.hit([quota], 2.0)[0] is False
    assert len(counter) == 11
    counter.hit([Rate("tenant", "other", 3, pool="u")], 100.0)
    assert len(counter) == 1


def test_the_first_call_counts_in_all_its_pools():
    counter = RateCounter()
    rates = [Rate("tenant", "a", 1, pool="t"), Rate("caller", "b", 9, pool="t\ncallers")]
    assert [counter.hit(rates, 0.0)[0], counter.hit(rates, 1.0)[0]] == [True, False]


def test_a_limit_that_was_made_smaller_holds_at_once():
    counter = RateCounter()
    for _ in range(5):
        counter.hit([rate("a", 10)], 0.0)
    free, (standing,) = counter.hit([rate("a", 2)], 1.0)
    assert (free, standing.remaining) == (False, 0)
