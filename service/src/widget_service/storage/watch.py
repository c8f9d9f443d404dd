"""Telling this process that something was changed, by whichever process."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from widget_service.storage.database import Database
from widget_service.storage.errors import StorageError

MAX_RETRY_S = 1.0

log = structlog.get_logger("widget_service.storage")


class ChangeWatcher:
    """Calls ``on_change`` with the current revision number whenever it is another than the last one told.

    ``known_revision`` is what the caller has read already; None has the current one told first. Several changes may be
    told as one. A number can also go back, or be told again: after a backup was restored, or the database was away.

    ``also`` is awaited whenever anything may have changed, for what has no part in revisions. ``on_state`` is told
    whether the database can be read, whenever that changes.

    Nothing but `stop` ends it: while the database cannot be read it tries again, and says so once. An ``on_change``
    that raises is called again with the same change, or a later one.
    """

    def __init__(
        self,
        database: Database,
        on_change: Callable[[int], Awaitable[None]],
        *,
        known_revision: int | None = None,
        also: Callable[[], Awaitable[None]] | None = None,
        on_state: Callable[[bool], None] | None = None,
        interval_s: float = 0.2,
    ) -> None:
        self._database = database
        self._on_change = on_change
        self._told = known_revision
        self._also = also
        self._on_state = on_state
        self._interval_s = interval_s
        self._signal = database.signal(interval_s)
        self._failures = 0
        self._is_away = False
        self._task: asyncio.Task[None] | None = None

    @property
    def is_following(self) -> bool:
        """Whether the last look at the database, and what came of it, went well."""
        return not self._failures

    async def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop watching, and wait until nothing is under way."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await asyncio.to_thread(self._signal.close)

    async def _watch(self) -> None:
        while True:
            try:
                await self._signal.wait()
                await self._tell()
            except StorageError as error:
                self._say(str(error))
                # What comes back may be another database with the same numbers.
                self._told = None
                await self._again()
            except Exception:
                if not self._failures:
                    log.error("storage.watch.failed", exc_info=True)
                await self._again()
            else:
                self._recovered()

    async def _tell(self) -> None:
        if self._also is not None:
            await self._also()
        revision = await asyncio.to_thread(self._database.revision)
        if revision != self._told:
            await self._on_change(revision)
            self._told = revision

    async def _again(self) -> None:
        """Wait, longer each time, for another look: a new signal tells at once."""
        self._failures += 1
        await asyncio.to_thread(self._signal.close)
        await asyncio.sleep(min(self._interval_s * 2 ** min(self._failures, 10), MAX_RETRY_S))

    def _say(self, reason: str) -> None:
        if not self._is_away:
            log.warning("storage.watch.unavailable", reason=reason)
            if self._on_state is not None:
                self._on_state(False)
        self._is_away = True

    def _recovered(self) -> None:
        if self._is_away:
            log.info("storage.watch.recovered")
            if self._on_state is not None:
                self._on_state(True)
        self._failures, self._is_away = 0, False
