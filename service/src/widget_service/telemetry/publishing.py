"""A process tells what it has counted, each second, and answers for all of them when it is asked."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from widget_service.telemetry import catalogue
from widget_service.telemetry.board import NoSlot, Slot, read_board, take_slot
from widget_service.telemetry.exposition import exposition
from widget_service.telemetry.state import KEPT, State

INTERVAL_S: Final = 1.0

log = structlog.get_logger("widget_service.telemetry")


class Publisher:
    """Writes what ``state`` returns to the board in ``folder``; both are read in the event loop's thread."""

    def __init__(self, folder: Path, state: Callable[[], State], *, interval_s: float = INTERVAL_S) -> None:
        self._folder, self._state, self._interval_s = folder, state, interval_s
        self._slot: Slot | None = None
        self._lag_s = 0.0
        self._writing, self._written_at = threading.Lock(), 0.0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take a slot, and begin."""
        try:
            self._slot = take_slot(self._folder)
        except (OSError, NoSlot) as error:
            log.error("metrics.not_told", reason=str(error))
            return
        self._task = asyncio.create_task(self._run(self._slot))

    async def stop(self) -> None:
        """Write the last of it, and leave the slot to another."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._slot is not None:
            last = self._current()
            last.at = 0.0  # what it held is held no more
            with contextlib.suppress(OSError):
                self._slot.write(last.to_json())
            self._slot.close()

    async def scrape(self, accept: str) -> tuple[str, bytes]:
        """Return content type and body of what all processes have counted; what others have, as of a second ago."""
        own = self._current()
        return await asyncio.to_thread(self._exposed, own, accept)

    def _exposed(self, own: State, accept: str) -> tuple[str, bytes]:
        if self._slot is not None:
            self._put(self._slot, own)  # what was told once is never taken back, also when this process is killed
        states = read_board(self._folder)
        if self._slot is not None:
            states[self._slot.name] = own
        return exposition(states, own.at, accept)

    def _current(self) -> State:
        state = self._state()
        state.set(catalogue.LOOP_LAG, self._lag_s)
        if self._slot is not None:
            state.merge(self._slot.left, KEPT)
        return state

    async def _run(self, slot: Slot) -> None:
        while True:
            await self._write(slot)
            due = time.monotonic() + self._interval_s
            await asyncio.sleep(self._interval_s)
            self._lag_s = max(time.monotonic() - due, 0.0)

    async def _write(self, slot: Slot) -> None:
        await asyncio.to_thread(self._put, slot, self._current())

    def _put(self, slot: Slot, state: State) -> None:
        """Write a state, unless a later one is there; several threads may."""
        try:
            with self._writing:
                if state.at >= self._written_at:
                    slot.write(state.to_json())
                    self._written_at = state.at
        except OSError as error:
            log.warning("metrics.not_written", reason=error.strerror)


async def scrape_board(folder: Path, accept: str) -> tuple[str, bytes]:
    """Return what all processes have counted, for a process that counts nothing itself."""
    return await asyncio.to_thread(lambda: exposition(read_board(folder), time.time(), accept))
