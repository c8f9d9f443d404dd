"""Copies of what executions read of a database, as bytes: made of any kind of database, and read like one.

A copy holds tenants and their keys, values, definitions, purges, captures and log-outs, and the last revision; no
admins, no audit log, no calls. Secrets are in it as they are stored: ciphertext.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from typing import NoReturn

from sqlalchemy import Connection, Engine, Table, create_engine, insert, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from widget_service.storage import revisions
from widget_service.storage.backend import ChangeSignal
from widget_service.storage.changes import Read
from widget_service.storage.database import Database
from widget_service.storage.errors import DatabaseUnavailable, StorageError
from widget_service.storage.execution_models import CaptureRow
from widget_service.storage.migrations import HEAD
from widget_service.storage.models import (
    Base,
    CachePurgeRow,
    DefinitionRow,
    NamedValueRow,
    RevisionRow,
    RevokedSessionRow,
    TenantKeyRow,
    TenantRow,
    UserKeysRow,
)
from widget_service.storage.scoping import ALL_TENANTS

_COPIED = (
    TenantRow,
    TenantKeyRow,
    NamedValueRow,
    DefinitionRow,
    UserKeysRow,
    CachePurgeRow,
    CaptureRow,
    RevokedSessionRow,
)


def copy_of(read: Read) -> bytes:
    """Return a copy of one state of the database: a SQLite database of this version's tables."""
    raw = _memory()
    with contextlib.closing(raw), _engine(raw).begin() as copy:
        Base.metadata.create_all(copy, tables=[_table(row) for row in (*_COPIED, RevisionRow)])
        copy.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        copy.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": HEAD})
        for row in _COPIED:
            _copy(read.connection, copy, _table(row))
        _copy_last_revision(read, copy)
        copy.commit()
        return raw.serialize()


def opened_copy(content: bytes) -> Database:
    """Return a copy as a database that cannot be changed; raise `DatabaseUnavailable` for what is none."""
    return Database(_CopyBackend(content))


class _CopyBackend:
    """A `Backend` over a copy in memory, which one transaction at a time reads."""

    def __init__(self, content: bytes) -> None:
        raw = _memory()
        raw.deserialize(content)
        self._engine = _engine(raw)
        self._raw = raw
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction on the copy."""
        with self._lock, self._engine.begin() as connection:
            yield connection

    def writing(self, wait_s: float | None = None) -> NoReturn:
        """Refuse: what is changed in a copy would be lost."""
        raise DatabaseUnavailable("The database cannot be reached, and its last snapshot is not changed.")

    def migrating(self) -> NoReturn:
        """Refuse: a copy of another version is not used."""
        raise DatabaseUnavailable("The snapshot is of another version of the service.")

    def announce(self, connection: Connection) -> None:
        """There is nobody to tell."""

    def fault(self, error: SQLAlchemyError) -> StorageError:
        """Return ``error`` in the words of the store."""
        return DatabaseUnavailable(f"The last snapshot cannot be read ({type(error).__name__}).")

    def signal(self, interval_s: float) -> ChangeSignal:
        """Refuse: a copy does not change."""
        raise DatabaseUnavailable("The last snapshot does not change.")

    def close(self) -> None:
        """Let go of the memory."""
        self._engine.dispose()
        self._raw.close()


def _memory() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", check_same_thread=False)


def _engine(raw: sqlite3.Connection) -> Engine:
    return create_engine("sqlite+pysqlite://", creator=lambda: raw, poolclass=StaticPool, hide_parameters=True)


def _table(row: type[Base]) -> Table:
    table = row.__table__
    assert isinstance(table, Table)
    return table


def _copy(source: Connection, copy: Connection, table: Table) -> None:
    rows = source.execute(select(*table.columns).execution_options(**ALL_TENANTS)).mappings()
    if values := [dict(row) for row in rows]:
        copy.execute(insert(table), values)


def _copy_last_revision(read: Read, copy: Connection) -> None:
    """The last one says which history this is: a database that goes on from there is followed from there."""
    table = _table(RevisionRow)
    last = select(*table.columns).where(table.c.number == revisions.current(read))
    if (row := read.connection.execute(last).mappings().first()) is not None:
        copy.execute(insert(table), dict(row))
