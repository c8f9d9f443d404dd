"""A database that need not be there yet: it is opened when it can be reached, and brought up to date then."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import datetime

from widget_service.storage.backend import Backend, ChangeSignal
from widget_service.storage.database import Database, _unsigned, now
from widget_service.storage.errors import DatabaseUnavailable, StorageError

RETRY_S = 1.0
"""So long after a failure nobody tries again: who asks meanwhile is told at once."""

FIRST_S = 8.0
"""So long who comes during the first try waits for what becomes of it."""


class LateDatabase(Database):
    """Opened by whoever needs it first, as `Database.open` opens it; until then everything raises `StorageError`."""

    def __init__(
        self,
        url: str,
        *,
        now: Callable[[], datetime] = now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._now, self._monotonic = url, now, monotonic
        self.sign_audit = _unsigned
        self.was_empty = False
        self._opened: Database | None = None
        self._opening = threading.Lock()
        self._failure: StorageError = DatabaseUnavailable("The database is not reached yet; try again in a moment.")
        self._failed_at = float("-inf")

    @property
    def was_reached(self) -> bool:
        """Whether the database was there once."""
        return self._opened is not None

    def signal(self, interval_s: float) -> ChangeSignal:
        """Return a signal of changes that first waits for the database."""
        return _LateSignal(self._reached, interval_s)

    def close(self) -> None:
        """Let go of the database, if it was reached."""
        if self._opened is not None:
            self._opened.close()

    def _reached(self) -> Backend:
        if self._opened is None:
            self._open()
        assert self._opened is not None
        return self._opened._reached()

    def _open(self) -> None:
        is_first = self._failed_at == float("-inf")  # nobody knows yet what to tell those who come meanwhile
        if self._has_just_failed() or not self._opening.acquire(timeout=FIRST_S if is_first else 0):
            raise type(self._failure)(str(self._failure))
        try:
            if self._opened is None and self._has_just_failed():
                raise type(self._failure)(str(self._failure))
            if self._opened is None:
                self._opened = Database.open(self._url)
        except StorageError as error:
            if not self._has_just_failed():
                self._failure, self._failed_at = error, self._monotonic()
            raise
        finally:
            self._opening.release()

    def _has_just_failed(self) -> bool:
        return self._monotonic() - self._failed_at < RETRY_S


class _LateSignal:
    """The signal of a database, from when it is there."""

    def __init__(self, reached: Callable[[], Backend], interval_s: float) -> None:
        self._reached, self._interval_s = reached, interval_s
        self._signal: ChangeSignal | None = None

    async def wait(self) -> None:
        """Return when something may have changed; raise `StorageError` when that cannot be known now."""
        if self._signal is None:
            backend = await asyncio.to_thread(self._reached)
            self._signal = backend.signal(self._interval_s)
        await self._signal.wait()

    def close(self) -> None:
        """Let go of the database; no error is raised."""
        if self._signal is not None:
            self._signal.close()
