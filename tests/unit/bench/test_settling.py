"""Waiting until a stack has nothing left to do."""

from itertools import count

import pytest

from bench import settling
from bench.processes import ProgramFailed


@pytest.fixture(autouse=True)
def short_window(monkeypatch) -> None:
    monkeypatch.setattr(settling, "WINDOW_S", 0.001)


def test_a_stack_is_left_alone_until_its_cpu_time_stands_still(monkeypatch):
    readings = iter([0.0, 0.5, 0.9, 0.9])
    monkeypatch.setattr(settling, "cpu_seconds", lambda _pid: next(readings))
    settling.settle(1)
    assert list(readings) == []


def test_a_stack_that_goes_on_working_fails(monkeypatch):
    readings = count()
    monkeypatch.setattr(settling, "SETTLED_WITHIN_S", 0.05)
    monkeypatch.setattr(settling, "cpu_seconds", lambda _pid: float(next(readings)))
    with pytest.raises(ProgramFailed, match="still works"):
        settling.settle(1)
