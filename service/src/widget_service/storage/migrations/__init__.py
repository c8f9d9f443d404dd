"""Bringing a database to this version's tables, each step once, whoever starts first.

``VERSIONS`` are the steps in ``versions/``, in order; by them it is known without alembic, which takes a while to load,
whether there is anything to do.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from widget_service.storage.backend import Backend
from widget_service.storage.errors import DatabaseEmpty, DatabaseTooNew, DatabaseUnavailable

VERSIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
HEAD = VERSIONS[-1]
_TABLE = "alembic_version"


def upgrade(backend: Backend, *, create: bool = False) -> bool:
    """Apply the steps that the database lacks, all or none of them; return whether it was empty.

    Raises `DatabaseTooNew` for one that has steps which this version does not know, and `DatabaseUnavailable` for one
    that belongs to something else; without ``create``, `DatabaseEmpty` for one without tables.
    """
    with backend.reading() as connection:
        version = version_of(connection)
    if version == HEAD:
        return False
    if version is None and not create:
        raise DatabaseEmpty(
            "The database is empty: nothing was ever kept in it, or its content was lost. If it should not be empty, "
            "restore a backup; to begin with it, run: widget-service init."
        )
    with backend.migrating() as connection:
        # Another process may have done it while we waited for the lock.
        version = version_of(connection)
        if version != HEAD:
            advance(connection)
    return version is None


def version_of(connection: Connection) -> str | None:
    """Return the last step applied; None for an empty database."""
    tables = inspect(connection).get_table_names()
    if _TABLE not in tables:
        if tables:
            raise DatabaseUnavailable("The database holds tables of something else; give the service one of its own.")
        return None
    version = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if version is not None and version not in VERSIONS:
        raise DatabaseTooNew(
            f"The database is at version {version}, and this version of the service knows {HEAD} at most. Install the "
            "version that last used it, or restore a backup made before."
        )
    return None if version is None else str(version)


def advance(connection: Connection, version: str = "head") -> None:
    """Apply the steps that are lacking up to ``version``, in the transaction of `Backend.migrating`."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    command.upgrade(config, version)
