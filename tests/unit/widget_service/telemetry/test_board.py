"""The board: each process has a slot, and who takes the slot of one that is gone goes on with its counters."""

import errno
import os
import stat
import subprocess
import sys
import time

import pytest

from widget_service.settings import SettingsError
from widget_service.telemetry import board as module
from widget_service.telemetry import catalogue as metrics
from widget_service.telemetry.board import NoSlot, board, read_board, take_slot
from widget_service.telemetry.exposition import SILENT_S, together
from widget_service.telemetry.state import State

CRASH = """
import os, sys
from pathlib import Path
from widget_service.telemetry import catalogue as metrics
from widget_service.telemetry.board import take_slot
from widget_service.telemetry.state import State
slot = take_slot(Path(sys.argv[1]))
state = State(1.0)
state.set(metrics.RECORDS_WRITTEN, 7)
slot.write(state.to_json())
os._exit(9)
"""


def told(at=None, **values):
    state = State(time.time() if at is None else at)
    for name, value in values.items():
        state.set(getattr(metrics, name), value)
    return state


def test_each_process_has_a_slot_of_its_own_and_leaves_it(tmp_path):
    first, second = take_slot(tmp_path), take_slot(tmp_path)
    assert (first.name, second.name) == ("0", "1")
    first.close()
    assert take_slot(tmp_path).name == "0"


def test_a_process_that_was_killed_leaves_its_counters(tmp_path):
    assert subprocess.run([sys.executable, "-c", CRASH, str(tmp_path)]).returncode == 9
    slot = take_slot(tmp_path)
    assert slot.name == "0"
    assert slot.left.values[metrics.RECORDS_WRITTEN.name] == {(): 7}


def test_there_are_only_so_many(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_SLOTS", 1)
    take_slot(tmp_path)
    with pytest.raises(NoSlot, match="1 processes"):
        take_slot(tmp_path)


def test_what_is_written_is_read_by_others_and_nothing_half_written(tmp_path):
    slot = take_slot(tmp_path)
    state = told(RECORDS_WRITTEN=3)
    state.set_durations(metrics.DURATION, [1, 2], 0.5, "t", "a")
    slot.write(state.to_json())
    (tmp_path / "5.json").write_bytes(b'{"at": 1')
    (tmp_path / "6.json").write_bytes(b"{}")
    assert read_board(tmp_path) == {"0": state}


def test_metrics_of_another_version_are_left_out(tmp_path):
    (tmp_path / "0.json").write_bytes(b'{"at":1,"values":{"gone":[[[],1]]},"durations":{"gone":[]}}')
    assert read_board(tmp_path) == {"0": State(1)}


def test_what_a_silent_process_has_counted_is_told_and_what_it_held_is_not():
    now = 1000.0
    states = {
        "0": told(now, RECORDS_WRITTEN=1, IN_FLIGHT=2, DATABASE_UP=1),
        "1": told(now - SILENT_S - 1, RECORDS_WRITTEN=10, IN_FLIGHT=20, DATABASE_UP=1),
    }
    whole = together(states, now)
    assert whole.values[metrics.RECORDS_WRITTEN.name] == {(): 11}
    assert whole.values[metrics.IN_FLIGHT.name] == {(): 2}
    assert whole.values[metrics.DATABASE_UP.name] == {("0",): 1}
    assert whole.values[metrics.WORKERS.name] == {(): 1}


def test_nobody_else_reads_the_folder_and_it_is_gone_in_the_end():
    with board(True) as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        take_slot(folder).close()
    assert not folder.exists()
    with board(False) as folder:
        assert folder is None


def test_without_a_place_for_it_nothing_is_started(monkeypatch):
    monkeypatch.setattr(module.tempfile, "TemporaryDirectory", no_room)
    with pytest.raises(SettingsError, match=r"No space left on device.*TMPDIR"), board(True):
        pass


def no_room(**_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
