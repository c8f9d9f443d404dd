"""Ending a process whose event loop stands still: another is started in its place, and serves."""

import asyncio
import contextlib
import faulthandler
import sys

STALLED_S = 20.0


class Watchdog:
    """Rearmed by the event loop; when that does not come round for ``stalled_s``, the process ends.

    The timer runs in a thread of C, which no long computation can keep from running. The places where the threads
    stand are written to standard error, without values.
    """

    def __init__(self, stalled_s: float = STALLED_S) -> None:
        self._stalled_s = stalled_s
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to watch the running loop."""
        self._task = asyncio.create_task(self._rearm())

    async def stop(self) -> None:
        """Watch no longer."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        faulthandler.cancel_dump_traceback_later()

    async def _rearm(self) -> None:
        while True:
            faulthandler.dump_traceback_later(self._stalled_s, exit=True, file=sys.__stderr__ or sys.stderr)
            await asyncio.sleep(self._stalled_s / 10)
