"""Driving the stacks in turn, in short slices, several times over: whatever disturbs one disturbs all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.proc import cpu_seconds
from bench.processes import ProgramFailed
from bench.samples import Sample, Samples
from bench.stacks import SERVICE

_US_PER_S = 1_000_000

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Turn:
    """A stack in a scenario; ``drive`` takes the seconds of a slice and returns what it brought."""

    scenario: str
    stack: str
    drive: Callable[[int], Sample]


def drive_all(turns: Sequence[Turn], samples: Samples, *, rounds: int, seconds: int, tell: Tell) -> list[str]:
    """Warm everything up, then drive ``rounds`` rounds; return what failed, a line each.

    A peer that fails in a scenario is left out of it; where the service itself fails, `ProgramFailed` is raised.
    """
    failed: list[str] = []
    left = list(turns)
    for number in range(-1, rounds):
        tell(f"round {number + 1} of {rounds}" if number >= 0 else "warming up")
        for turn in in_turn(left, max(number, 0)):
            try:
                sample = turn.drive(seconds if number >= 0 else 1)
            except ProgramFailed as error:
                if turn.stack == SERVICE:
                    raise ProgramFailed(f"{turn.scenario}: {SERVICE}: {error}") from None
                left.remove(turn)
                samples.drop(turn.scenario, turn.stack)
                failed.append(f"{turn.stack} in {turn.scenario}: {error}")
                continue
            if number >= 0:
                samples.add(turn.scenario, turn.stack, sample)
    return failed


def in_turn(turns: Sequence[Turn], number: int) -> list[Turn]:
    """Return a round: scenario by scenario, another stack first each time, so that none always has the same place."""
    by_scenario: dict[str, list[Turn]] = {}
    for turn in turns:
        by_scenario.setdefault(turn.scenario, []).append(turn)
    ordered: list[Turn] = []
    for group in by_scenario.values():
        first = number % len(group)
        ordered += group[first:] + group[:first]
    return ordered


@dataclass(slots=True)
class CpuMeter:
    """Reads the CPU time of a process and its descendants around a slice."""

    pid: int
    _before_s: float = 0.0

    def start(self) -> None:
        """Take the first reading."""
        self._before_s = cpu_seconds(self.pid)

    def us_per(self, requests: int) -> float:
        """Return the microseconds since, per request."""
        return (cpu_seconds(self.pid) - self._before_s) * _US_PER_S / requests
