"""The database itself: its version, its revision, whether it can be written and is sound."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from widget_service.control.doctor.finding import Finding, good, note, wrong
from widget_service.settings import Settings
from widget_service.storage import revisions
from widget_service.storage.database import Database
from widget_service.storage.errors import StorageError
from widget_service.storage.migrations import version_of
from widget_service.storage.urls import sqlite_file

SUBJECT = "database"
_PROBE_BYTES = 256 * 1024


def findings(settings: Settings, database: Database) -> Iterator[Finding]:
    """Yield what is known of an open database; raise `StorageError` where it cannot be read."""
    file = sqlite_file(settings.effective_database_url)
    with database.read() as read:
        version, revision = version_of(read.connection), revisions.current(read)
        journal = read.connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        check = read.connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    yield good(SUBJECT, f"{file}, version {version}, revision {revision}, journal {journal}")
    if check != "ok":
        yield wrong(SUBJECT, f"{file} is damaged: {check}", "stop the service and restore a backup")
    mode = stat.S_IMODE(os.stat(file).st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield note(SUBJECT, f"{file} is open to others (mode {mode:04o})", f"run: chmod 600 {file}")
    yield _writable(database, file.parent)


def _writable(database: Database, folder: Path) -> Finding:
    try:
        with database.change(actor="doctor", action="doctor"):
            pass  # takes the lock for writing; a change that touches nothing leaves no trace
    except StorageError as error:
        return wrong(SUBJECT, str(error))
    # A change that is taken back never reaches the disk: whether there is room is seen by a file of its own.
    try:
        _write_a_little(folder)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        mend = "make room there" if is_full else "let the user that the service runs as write there"
        return wrong(SUBJECT, f"nothing can be written beside it, in {folder}: {error.strerror}", mend)
    return good(SUBJECT, "can be written")


def _write_a_little(folder: Path) -> None:
    """Write as much as a change may need, to a file that nobody sees and that is gone when it is closed."""
    with tempfile.TemporaryFile(dir=folder, buffering=0) as probe:
        probe.write(b"\0" * _PROBE_BYTES)
        os.fsync(probe.fileno())
