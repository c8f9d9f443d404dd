"""The order in which stacks are driven, and what happens where one fails."""

import pytest

from bench.driving import Turn, drive_all, in_turn
from bench.processes import ProgramFailed
from bench.samples import Samples
from bench.stacks import SERVICE


def turn(scenario: str, stack: str, drive=lambda seconds: {"cpu_us": float(seconds)}) -> Turn:
    return Turn(scenario, stack, drive)


def failing(_seconds: int) -> dict[str, float]:
    raise ProgramFailed("502")


def quiet(_line: str) -> None:
    """Nobody listens."""


@pytest.mark.parametrize(
    ("number", "order"), [(0, "ax ay az bx by"), (1, "ay az ax by bx"), (2, "az ax ay bx by"), (3, "ax ay az by bx")]
)
def test_another_stack_is_first_each_round(number, order):
    turns = [turn("a", "x"), turn("b", "x"), turn("a", "y"), turn("a", "z"), turn("b", "y")]
    assert " ".join(one.scenario + one.stack for one in in_turn(turns, number)) == order


def test_the_round_that_warms_up_is_not_kept():
    driven: list[int] = []

    def drive(seconds: int) -> dict[str, float]:
        driven.append(seconds)
        return {"cpu_us": float(len(driven))}

    samples = Samples()
    assert drive_all([turn("a", "x", drive)], samples, rounds=3, seconds=5, tell=quiet) == []
    assert driven == [1, 5, 5, 5]
    assert samples.minimum("a", "x", "cpu_us") == 2.0


def test_a_peer_that_fails_is_left_out_of_that_scenario_alone():
    samples = Samples()
    turns = [turn("a", SERVICE), turn("a", "peer", failing), turn("b", "peer")]
    failed = drive_all(turns, samples, rounds=2, seconds=1, tell=quiet)
    assert failed == ["peer in a: 502"]
    assert samples.stacks("a") == [SERVICE]
    assert samples.stacks("b") == ["peer"]


def test_where_the_service_fails_nothing_is_reported():
    with pytest.raises(ProgramFailed, match=rf"a: {SERVICE}: 502"):
        drive_all([turn("a", SERVICE, failing)], Samples(), rounds=1, seconds=1, tell=quiet)
