"""A SQLite file: whether it is sound, nobody else's, and has room."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from widget_service.control.doctor.finding import Finding, good, note, wrong

SUBJECT = "database"
_PROBE_BYTES = 256 * 1024


def about(connection: Connection) -> str:
    """Return how the file is written."""
    return f"journal {connection.exec_driver_sql('PRAGMA journal_mode').scalar()}"


def findings(connection: Connection, file: Path) -> Iterator[Finding]:
    """Yield what is wrong with the file."""
    check = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if check != "ok":
        yield wrong(SUBJECT, f"{file} is damaged: {check}", "stop the service and restore a backup")
    mode = stat.S_IMODE(os.stat(file).st_mode)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield note(SUBJECT, f"{file} is open to others (mode {mode:04o})", f"run: chmod 600 {file}")


def room_beside(file: Path) -> Finding:
    """Return whether more can be written: a change that is taken back never reaches the disk, so a file of its own."""
    try:
        _write_a_little(file.parent)
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        mend = "make room there" if is_full else "let the user that the service runs as write there"
        return wrong(SUBJECT, f"nothing can be written beside it, in {file.parent}: {error.strerror}", mend)
    return good(SUBJECT, "can be written")


def _write_a_little(folder: Path) -> None:
    """Write as much as a change may need, to a file that nobody sees and that is gone when it is closed."""
    with tempfile.TemporaryFile(dir=folder, buffering=0) as probe:
        probe.write(b"\0" * _PROBE_BYTES)
        os.fsync(probe.fileno())
