"""Writing the last snapshot to disk: when something was changed, and every few seconds at most."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Final

import structlog

from widget_service.control.kept.file import SnapshotFile, Stamp, UnusableSnapshot
from widget_service.control.plane import ControlPlane
from widget_service.storage import revisions, revoked_sessions
from widget_service.storage.changes import Read
from widget_service.storage.copies import copy_of
from widget_service.storage.errors import StorageError

INTERVAL_S: Final = 5.0
FAILING_INTERVAL_S: Final = 60.0

log = structlog.get_logger("widget_service.control")


class SnapshotKeeper:
    """Keeps the file as the database is. Nothing that keeps it from writing is an error; the log says so once.

    Of several processes that share the file one writes; it reads the database while others are kept from writing, so
    that the last to write has the newest.
    """

    def __init__(
        self,
        plane: ControlPlane,
        *,
        interval_s: float = INTERVAL_S,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._plane, self._interval_s, self._now = plane, interval_s, now
        self._file = SnapshotFile(plane.settings.data_dir)
        self._changed = asyncio.Event()
        self._is_failing = False
        self._task: asyncio.Task[None] | None = None

    def note_change(self) -> None:
        """Write, soon; from the event loop's thread."""
        self._changed.set()

    async def start(self) -> None:
        """Begin to keep it, first as the database is now."""
        self._changed.set()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End. What was changed in the last seconds is written by whoever starts next."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def write(self) -> bool:
        """Write the file unless it is as the database is; False where another process is writing. Blocks.

        Raises `OSError` and `StorageError`.
        """
        with self._file.locked() as is_mine:
            if not is_mine:
                return False
            with self._plane.database.read() as read:
                stamp = self._stamp(read)
                if self._is_there(stamp):
                    return True
                content = copy_of(read)
            self._file.write(stamp, content, self._plane.master_keys.primary)
        log.info("snapshot.file.written", revision=stamp.revision)
        return True

    async def _run(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if not await self._tried():
                self._changed.set()
            await asyncio.sleep(FAILING_INTERVAL_S if self._is_failing else self._interval_s)

    async def _tried(self) -> bool:
        """Return whether there is nothing left to write."""
        try:
            is_done = await asyncio.to_thread(self.write)
        except StorageError:
            return True  # who watches the database says so, and tells of a change when it is back
        except OSError as error:
            self._say(error.strerror or type(error).__name__)
            return False
        except Exception:
            log.error("snapshot.file.not_written", exc_info=True)
            return True
        self._is_failing = False
        return is_done

    def _say(self, reason: str) -> None:
        if not self._is_failing:
            log.warning("snapshot.file.not_written", file=str(self._file.path), reason=reason)
        self._is_failing = True

    def _stamp(self, read: Read) -> Stamp:
        number = revisions.current(read)
        moment = revisions.moment_of(read, number)
        return Stamp(
            revision=number,
            revised_at="" if moment is None else moment.isoformat(),
            log_outs=revoked_sessions.current(read),
            key=self._plane.master_keys.primary.id,
            at=round(self._now(), 3),
        )

    def _is_there(self, stamp: Stamp) -> bool:
        try:
            there = self._file.stamp()
        except UnusableSnapshot:
            return False
        return there is not None and there.is_of(stamp)
