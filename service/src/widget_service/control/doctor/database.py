"""The database itself: its version, its revision, whether it can be written and is sound."""

from collections.abc import Iterator

from widget_service.control.doctor import postgresql, sqlite
from widget_service.control.doctor.finding import Finding, good, wrong
from widget_service.settings import Settings
from widget_service.storage import revisions
from widget_service.storage.database import Database
from widget_service.storage.errors import StorageError
from widget_service.storage.migrations import version_of
from widget_service.storage.urls import local_file, printable_url

SUBJECT = "database"


def findings(settings: Settings, database: Database) -> Iterator[Finding]:
    """Yield what is known of an open database; raise `StorageError` where it cannot be read."""
    url = settings.effective_database_url
    file = local_file(url)
    with database.read() as read:
        version, revision = version_of(read.connection), revisions.current(read)
        about = postgresql.about(read.connection) if file is None else sqlite.about(read.connection)
        found = list(postgresql.findings(read.connection) if file is None else sqlite.findings(read.connection, file))
    yield good(SUBJECT, f"{file or printable_url(url)}, version {version}, revision {revision}, {about}")
    yield from found
    problem = _unwritable(database)
    if problem is not None:
        yield wrong(SUBJECT, problem)
    else:
        yield good(SUBJECT, "can be written") if file is None else sqlite.room_beside(file)


def _unwritable(database: Database) -> str | None:
    try:
        with database.change(actor="doctor", action="doctor"):
            pass  # takes the lock for writing; a change that touches nothing leaves no trace
    except StorageError as error:
        return str(error)
    return None
