"""SQLite files for these tests."""

import sqlite3
from contextlib import closing
from pathlib import Path

from widget_service.storage import tenants, values
from widget_service.storage.database import Database
from widget_service.storage.urls import sqlite_url


def made(file: Path) -> Database:
    """A new database in ``file``, with one tenant."""
    database = Database.open(sqlite_url(file), create=True)
    with database.change(actor="anna", action="init") as change:
        tenants.add(change, "default")
    return database


def set_region(database: Database, value: str = "eu") -> int:
    """Make a change, and return its number."""
    with database.change(actor="anna", action="set") as change:
        values.set_variable(change, "default", "region", value)
    return change.revision


def run_sql(file: Path, *statements: str) -> list[tuple[object, ...]]:
    """Run statements as another program would, and return the rows of the last one."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        rows: list[tuple[object, ...]] = []
        for statement in statements:
            rows = connection.execute(statement).fetchall()
        return rows
