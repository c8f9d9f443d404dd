"""SQLite's errors in the words of the store."""

import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from widget_service.storage.errors import Conflict, DatabaseLocked, DatabaseReadOnly, DatabaseUnavailable, StorageError

BUSY_TIMEOUT_S = 5.0

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_UNREADABLE = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_IOERR})


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection is in the way."""
    return _code(error) in _BUSY


def storage_error(error: SQLAlchemyError | sqlite3.Error, file: Path) -> StorageError:
    """Return what ``error`` means for the database in ``file``, and what to do; no value is in it."""
    original = error.orig if isinstance(error, DBAPIError) else error
    code = _code(original)
    if code in _BUSY:
        return DatabaseLocked(
            f"The database {file} has been locked by another process for too long. Nothing was changed: try again; if "
            "it stays locked, end what holds it, such as a backup or an open sqlite3 shell."
        )
    if code == sqlite3.SQLITE_CONSTRAINT:
        return Conflict("The change does not fit what is stored. Nothing was changed: load it again and repeat it.")
    if code == sqlite3.SQLITE_READONLY:
        return DatabaseReadOnly(
            f"The database {file} cannot be written. Its user must own the file and may write to its directory."
        )
    return DatabaseUnavailable(_unavailable(code, file))


def _unavailable(code: int | None, file: Path) -> str:
    if code in _UNREADABLE and not file.exists():
        return f"There is no database {file}. Run: widget-service init, or restore a backup."
    if code in _UNREADABLE:
        return f"The database {file} cannot be read. It must be a file that the service's user may read and write."
    if code == sqlite3.SQLITE_FULL:
        return f"There is no room left on the disk of the database {file}. Nothing was changed: make room."
    if code in _DAMAGED:
        return f"{file} is not a database, or a damaged one. Move it away and restore a backup."
    return f"The database {file} does not work as it should; the log says more. Run: widget-service doctor."


def _code(error: BaseException | None) -> int | None:
    """SQLite's primary result code; the extended codes hold it in their low byte."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
