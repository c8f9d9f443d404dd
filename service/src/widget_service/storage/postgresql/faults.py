"""PostgreSQL's errors in the words of the store."""

from typing import Final

from psycopg import Error
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from widget_service.storage.errors import (
    Conflict,
    DatabaseLocked,
    DatabaseReadOnly,
    DatabaseUnavailable,
    InvalidValue,
    StorageError,
)
from widget_service.storage.postgresql.connections import NoAnswer, WrongEncoding

LOCKED: Final = frozenset({"55P03", "40P01"})  # lock_not_available, deadlock_detected
READ_ONLY: Final = "25006"
_ADVICE: Final = {
    "57014": "took too long for one statement. Try again; if that goes on, look at what else it does.",
    "53100": "has no room left on its disk. Nothing was changed: make room.",
    "53300": "has no connection left. Raise max_connections, or run fewer processes.",
    "42501": "does not let the service's role do that. Give it the rights that docs/how-to/use-postgresql.md lists.",
    "42P01": "lacks a table of the service. Restore a backup.",
    "XX001": "is damaged. Restore a backup.",
    "XX002": "has a damaged index. Rebuild it: REINDEX DATABASE.",
}


class PostgresqlFault(Exception):
    """What the server said, without what it quotes: rows and values are in its details."""


def storage_error(error: SQLAlchemyError | Error, place: str, password: str | None = None) -> StorageError:
    """Return what ``error`` means for the database ``place``, and what to do; no value is in it."""
    if isinstance(error, PoolTimeout):
        return DatabaseLocked(f"All connections of this process to the database {place} are in use. Try again.")
    original = error.orig if isinstance(error, DBAPIError) else error
    code = original.sqlstate if isinstance(original, Error) else None
    if code is None:
        return DatabaseUnavailable(_unreachable(original, place, password))
    if code in LOCKED:
        return locked(place)
    if code == READ_ONLY:
        return read_only(place)
    if code.startswith("23"):
        return Conflict("The change does not fit what is stored. Nothing was changed: load it again and repeat it.")
    if code.startswith("22"):
        return InvalidValue("A text is longer than can be kept, or holds what cannot be kept. Nothing was changed.")
    return DatabaseUnavailable(f"The database {place} {_ADVICE.get(code, _unforeseen(code))}")


def locked(place: str) -> DatabaseLocked:
    """Return the error of who has waited for other writers in vain."""
    return DatabaseLocked(
        f"The database {place} has been locked by another process for too long. Nothing was changed: try again; if it "
        "stays locked, pg_stat_activity shows who holds it."
    )


def read_only(place: str) -> DatabaseReadOnly:
    """Return the error of who would change a database that takes no changes."""
    return DatabaseReadOnly(
        f"The database {place} takes no changes now: it is a standby, or default_transaction_read_only is on. What is "
        "stored is served; name the primary in WIDGET_SERVICE_DATABASE_URL, or wait until it takes changes again."
    )


def _unreachable(original: BaseException | None, place: str, password: str | None) -> str:
    if isinstance(original, WrongEncoding):
        return f"The database {place} does not keep texts as UTF8. Make one that does: CREATE DATABASE … ENCODING UTF8."
    if isinstance(original, NoAnswer):
        return f"The database {place} does not answer ({original}); whether a change under way was kept is not known."
    reason = _reason(original, password)
    return f"The database {place} cannot be reached{reason}. Start it, or mend WIDGET_SERVICE_DATABASE_URL."


def _reason(original: BaseException | None, password: str | None) -> str:
    """What libpq says of a connection: its first line, without what everybody knows by then."""
    if not isinstance(original, Error):
        return ""
    first = (str(original).splitlines() or [""])[0].rpartition(" failed: ")[2].strip(" .")
    if not first or (password and password in first):
        return ""
    return f" ({first[:200]})"


def _unforeseen(code: str) -> str:
    if code.startswith(("57P", "08")):
        return "ends connections, as it does when it is stopped. Start it, or try again when it is back."
    return f"does not work as it should (SQLSTATE {code}). Run: widget-service doctor."


def without_values(error: SQLAlchemyError | Error) -> PostgresqlFault:
    """Return what may stand in a log of ``error``."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(original, Error):
        return PostgresqlFault(type(error).__name__)
    names = (original.sqlstate, original.diag.table_name, original.diag.column_name, original.diag.constraint_name)
    return PostgresqlFault(" ".join([type(original).__name__, *(name for name in names if name)]))
