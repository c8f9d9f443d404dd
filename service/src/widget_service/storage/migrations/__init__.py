"""Bringing a database to this version's tables, each step once, whoever starts first.

``VERSIONS`` are the steps in ``versions/``, in order; by them it is known without alembic, which takes a while to load,
whether there is anything to do.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from widget_service.storage.backend import Backend
from widget_service.storage.errors import DatabaseTooNew, DatabaseUnavailable

VERSIONS = ("0001", "0002")
HEAD = VERSIONS[-1]
_TABLE = "alembic_version"


def upgrade(backend: Backend) -> None:
    """Apply the steps that the database lacks, all or none of them.

    Raises `DatabaseTooNew` for one that has steps which this version does not know, and `DatabaseUnavailable` for one
    that belongs to something else.
    """
    with backend.reading() as connection:
        if version_of(connection) == HEAD:
            return
    with backend.migrating() as connection:
        # Another process may have done it while we waited for the lock.
        if version_of(connection) != HEAD:
            _apply(connection)


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


def _apply(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    command.upgrade(config, "head")
