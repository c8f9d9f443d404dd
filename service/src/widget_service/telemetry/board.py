"""Where the processes of one machine lay down what they have counted, so that any of them can tell it all.

Each has a slot: a file that it locks for as long as it lives, and beside it its state, replaced as a whole. Who takes
the slot of a process that is gone goes on with its counters: none ever goes back, and there are no more slots than
processes at a time.
"""

import contextlib
import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from widget_service.settings import SettingsError
from widget_service.telemetry.state import State, state_of_json

MAX_SLOTS: Final = 256
_STATE = re.compile(r"([0-9]+)\.json")


class NoSlot(Exception):
    """There is no place for another process."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A process's place. ``left`` is what the one before it has counted."""

    number: int
    left: State
    folder: Path
    lock: int

    @property
    def name(self) -> str:
        """What the process is called among the others."""
        return str(self.number)

    def write(self, text: bytes) -> None:
        """Replace what is told."""
        new = self.folder / f"{self.number}.new"
        new.write_bytes(text)
        new.replace(self.folder / f"{self.number}.json")

    def close(self) -> None:
        """Leave the slot to another."""
        os.close(self.lock)


@contextlib.contextmanager
def board(is_wanted: bool) -> Iterator[Path | None]:
    """Yield a folder for the processes of one service while the block runs; None where nobody asks for metrics.

    Raises `SettingsError` where there is no place for one.
    """
    if not is_wanted:
        yield None
        return
    try:
        folder = tempfile.TemporaryDirectory(prefix="widget-service-metrics-", ignore_cleanup_errors=True)
    except OSError as error:
        raise SettingsError(
            f"METRICS_TOKEN is set, but the workers have nowhere to put their numbers ({error.strerror}): "
            "let the service write to the temporary folder, or set TMPDIR to another."
        ) from None
    with folder as name:
        yield Path(name)


def take_slot(folder: Path) -> Slot:
    """Return the first slot that no living process has; raise `NoSlot`."""
    for number in range(MAX_SLOTS):
        lock = os.open(folder / f"{number}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            continue
        return Slot(number, _read(folder / f"{number}.json") or State(), folder, lock)
    raise NoSlot(f"{folder} has {MAX_SLOTS} processes already")


def read_board(folder: Path) -> dict[str, State]:
    """Return what every process has told, by its name, and what those that are gone have left."""
    states = {}
    for file in sorted(folder.iterdir()):
        match = _STATE.fullmatch(file.name)
        state = _read(file) if match is not None else None
        if match is not None and state is not None:
            states[match[1]] = state
    return states


def _read(file: Path) -> State | None:
    try:
        return state_of_json(file.read_bytes())
    except (OSError, ValueError, KeyError):  # there is none yet, or the folder is being removed
        return None
