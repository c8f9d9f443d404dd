"""The circuit breaker: what opens it, what keeps it closed, and how it closes again; time is a number."""

import pytest

from widget_service.execution.limits.breaker import Breaker


def breaker(*failures, max_failures=3, open_s=10):
    """Return a breaker after calls that began and failed at these times."""
    made = Breaker(max_failures, open_s)
    for began, ended in failures:
        made.failed(began, ended)
    return made


@pytest.mark.parametrize(
    ("failures", "now", "wait_s"),
    [
        ([], 0, 0),
        ([(0, 1), (1, 2)], 2, 0),
        ([(0, 1), (1, 2), (2, 3)], 3, 10),
        ([(0, 1), (1, 2), (2, 3)], 12.5, 0.5),
        ([(0, 1), (1, 2), (2, 3)], 13, 0),
    ],
)
def test_so_many_failures_in_a_row_open_it_for_a_while(failures, now, wait_s):
    assert breaker(*failures).admit(now) == wait_s


def test_a_success_begins_the_row_anew():
    made = breaker((0, 1), (1, 2))
    made.succeeded(2.5)
    made.failed(3, 4)
    assert made.admit(4) == 0
    assert not made.is_untroubled


def test_calls_that_hang_while_others_are_answered_do_not_count():
    made = Breaker(3, 10)
    made.succeeded(5)
    for _ in range(200):
        made.failed(0, 15)
    assert made.is_untroubled
    assert made.admit(15) == 0


def test_an_open_circuit_lets_one_call_through_each_time():
    made = breaker((0, 1), (1, 2), (2, 3))
    assert made.admit(13) == 0
    assert made.admit(13) == 10
    assert made.admit(23) == 0  # whatever became of the probe
    made.failed(23, 24)
    assert made.admit(24) == 10
    assert made.admit(34) == 0
    made.succeeded(35)
    assert [made.admit(35), made.admit(35)] == [0, 0]
    assert made.is_untroubled
