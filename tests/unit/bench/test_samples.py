"""Medians, minima and ratios of what was measured."""

import pytest

from bench.samples import CPU_US, Samples, percentile


def samples_of(**rounds: list[float]) -> Samples:
    """Samples of one scenario: a stack's CPU time, round by round."""
    samples = Samples()
    for stack, values in rounds.items():
        for value in values:
            samples.add("get", stack, {CPU_US: value, "rps": 1000 / value})
    return samples


def test_figures_are_medians_and_minima():
    samples = samples_of(service=[30.0, 10.0, 20.0])
    assert samples.medians("get", "service") == {CPU_US: 20.0, "rps": 50.0}
    assert samples.minimum("get", "service", CPU_US) == 10.0


def test_a_ratio_compares_what_was_measured_in_the_same_round():
    """The machine was half as fast in the second round and a quarter as fast in the third; the ratio is the same."""
    samples = samples_of(service=[20.0, 40.0, 80.0], peer=[10.0, 20.0, 40.0])
    assert samples.ratio(CPU_US, ("get", "service"), ("get", "peer")) == 2.0
    assert samples.ratio_of_minima(CPU_US, ("get", "service"), ("get", "peer")) == 2.0


@pytest.mark.parametrize(
    ("of", "to"),
    [(("get", "service"), ("get", "absent")), (("get", "absent"), ("get", "service")), (("x", "a"), ("x", "b"))],
)
def test_no_ratio_with_what_was_not_measured(of, to):
    samples = samples_of(service=[1.0])
    assert samples.ratio(CPU_US, of, to) is None
    assert samples.ratio_of_minima(CPU_US, of, to) is None


def test_what_failed_is_forgotten():
    samples = samples_of(service=[1.0], peer=[1.0])
    samples.drop("get", "peer")
    samples.drop("get", "never there")
    assert samples.stacks("get") == ["service"]


@pytest.mark.parametrize(
    ("count", "share", "expected"), [(1, 0.99, 1), (100, 0.99, 99), (101, 0.99, 100), (200, 0.5, 100), (3, 1.0, 3)]
)
def test_a_percentile_is_the_nearest_rank(count, share, expected):
    assert percentile([float(value) for value in range(count, 0, -1)], share) == expected
