"""Noticing changes of a SQLite file by ``PRAGMA data_version``, which costs microseconds and locks nothing."""

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from widget_service.storage.errors import DatabaseUnavailable
from widget_service.storage.sqlite.faults import storage_error


class SqliteSignal:
    """Looks at the file every ``interval_s``, by a connection of its own, in a thread."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], file: Path, interval_s: float) -> None:
        self._connect = connect
        self._file = file
        self._interval_s = interval_s
        self._lock = threading.Lock()  # a check whose task was cancelled may still run in its thread
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._version: int | None = None

    async def wait(self) -> None:
        """Return at once the first time, then after each change; raise `DatabaseUnavailable`."""
        while True:
            if await asyncio.to_thread(self._has_changed):
                return
            await asyncio.sleep(self._interval_s)

    def close(self) -> None:
        """Close the connection; the next `wait` opens another."""
        with self._lock:
            connection, self._connection, self._version = self._connection, None, None
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()

    def _has_changed(self) -> bool:
        with self._lock:
            try:
                identity = _identity(self._file)
                if self._connection is None:
                    self._connection, self._identity = self._connect(), identity
                version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            except OSError:
                raise DatabaseUnavailable(f"There is no database {self._file}. Restore a backup.") from None
            except sqlite3.Error as error:
                raise storage_error(error, self._file) from error
            if identity != self._identity:
                raise DatabaseUnavailable(f"The database {self._file} has been replaced by another file.")
            has_changed = version != self._version
            self._version = version
            return has_changed


def _identity(file: Path) -> tuple[int, int]:
    """Which file it is, whatever its name."""
    status = os.stat(file)
    return status.st_dev, status.st_ino
