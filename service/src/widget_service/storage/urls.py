"""Which database a URL means: a SQLite file, or one in a PostgreSQL server."""

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from widget_service.storage.errors import DatabaseUnavailable
from widget_service.storage.postgresql import address
from widget_service.storage.postgresql.address import is_postgresql

__all__ = ["DEFAULT_URL", "is_postgresql", "local_file", "printable_url", "resolve_url", "sqlite_file", "sqlite_url"]

DEFAULT_URL = "sqlite:///widget-service.db"
_WOULD_BE_RIGHT = (
    "It must be such as sqlite:///widget-service.db (in the data directory), sqlite:////srv/data/widgets.db or "
    "postgresql://USER:PASSWORD@HOST:5432/DATABASE"
)


def resolve_url(text: str, data_dir: Path) -> str:
    """Return ``text`` with a relative SQLite file put into ``data_dir``; raise `DatabaseUnavailable`."""
    if is_postgresql(text):
        return address.without_driver(text)
    return sqlite_url(Path(data_dir, sqlite_file(text)).absolute())


def sqlite_url(file: Path) -> str:
    """Return the URL of a SQLite file; what has a meaning in URLs is percent-encoded."""
    return URL.create("sqlite", database=str(file)).render_as_string()


def sqlite_file(text: str) -> Path:
    """Return the file that a URL of SQLite names; raise `DatabaseUnavailable` for any other URL."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise DatabaseUnavailable(f"The URL of the database is none. {_WOULD_BE_RIGHT}.") from None
    if url.get_backend_name() != "sqlite" or url.drivername not in ("sqlite", "sqlite+pysqlite"):
        raise DatabaseUnavailable(f"{printable_url(text)} is no database that can be used. {_WOULD_BE_RIGHT}.")
    if url.host or url.query or not url.database or url.database == ":memory:":
        raise DatabaseUnavailable(f"{printable_url(text)} names no file, or more than a file. {_WOULD_BE_RIGHT}.")
    return Path(url.database)


def local_file(url: str) -> Path | None:
    """Return the file of a database on this machine, None for one in a server; raise `DatabaseUnavailable`."""
    return None if is_postgresql(url) else sqlite_file(url)


def printable_url(text: str) -> str:
    """Return a database's URL as it may be printed: without password and query; what is no URL only as a mask."""
    if not text.startswith("sqlite"):
        return address.printable(text)
    try:
        return make_url(text).set(query={}).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return "••••••"
