"""A SQLite file: connections and transactions.

Every transaction opens the file anew: a connection that is kept would go on writing, without an error, into a file that
has been deleted or replaced. Opening takes a fraction of a millisecond, and the hot path never does it.
"""

import contextlib
import os
import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from widget_service.storage import copying
from widget_service.storage.errors import DatabaseUnavailable, StorageError
from widget_service.storage.sqlite.faults import BUSY_TIMEOUT_S, is_busy, storage_error
from widget_service.storage.sqlite.signal import SqliteSignal

_WRITES = "widget_service_writes_within_s"


class SqliteBackend:
    """The database in ``file``. With ``create`` the file is made, for its owner alone, where there is none."""

    def __init__(self, file: Path, *, create: bool = False) -> None:
        self._file = file
        if create:
            _create(file)
        self._engine = _engine(file)
        with self._errors_in_our_words():
            self._use_write_ahead_log()

    def reading(self) -> contextlib.AbstractContextManager[Connection]:
        """A transaction that sees one state of the file."""
        return self._engine.begin()

    def writing(self, wait_s: float | None = None) -> contextlib.AbstractContextManager[Connection]:
        """A transaction that has the lock for writing from its beginning: it never fails half-way for want of it."""
        return self._engine.execution_options(**{_WRITES: BUSY_TIMEOUT_S if wait_s is None else wait_s}).begin()

    @contextlib.contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A writing transaction that checks foreign keys at its end only.

        Changing a table often means to drop and make it again, and dropping it would delete what refers to it.
        """
        with self._engine.execution_options(**{_WRITES: BUSY_TIMEOUT_S}).connect() as connection:
            _raw(connection).execute("PRAGMA foreign_keys = OFF")
            with connection.begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise DatabaseUnavailable(
                        f"The database {self._file} holds rows that refer to nothing. Nothing was changed: restore a "
                        "backup, or report this."
                    )

    def announce(self, _: Connection) -> None:
        """Nothing to do: whoever looks at the file sees it."""

    def empty(self, connection: Connection) -> None:
        """Drop all tables; their indexes and triggers go with them."""
        copying.drop_tables(connection)

    def draw_after(self, connection: Connection, table: str, key: str, last: int) -> None:
        """Have numbers go on after ``last``; SQLite remembers the largest for each table, whatever its column."""
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))

    def fault(self, error: SQLAlchemyError) -> StorageError:
        """Return ``error`` in the words of the store."""
        return storage_error(error, self._file)

    def signal(self, interval_s: float) -> SqliteSignal:
        """Return a signal that looks at the file every ``interval_s``."""
        return SqliteSignal(lambda: _connect(self._file), self._file, interval_s)

    def close(self) -> None:
        """Nothing is kept open."""
        self._engine.dispose()

    def _use_write_ahead_log(self) -> None:
        """Switch the file over, once for all; SQLite does not wait by itself when others do the same just now."""
        for _ in _tries(BUSY_TIMEOUT_S):
            try:
                with self._engine.connect() as connection:
                    mode = _raw(connection).execute("PRAGMA journal_mode = WAL").fetchone()[0]
                break
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    raise
        else:
            mode = ""
        if mode != "wal":
            raise DatabaseUnavailable(
                f"The database {self._file} cannot use write-ahead logging; move it to a local file system."
            )

    @contextlib.contextmanager
    def _errors_in_our_words(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise storage_error(error, self._file) from error


def _engine(file: Path) -> Engine:
    # Parameters are hidden from messages: they are what admins type.
    engine = create_engine(
        "sqlite+pysqlite://", creator=lambda: _connect(file), poolclass=NullPool, hide_parameters=True
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        wait_s = connection.get_execution_options().get(_WRITES)
        if wait_s is not None:
            _begin_writing(connection, wait_s)
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


def _begin_writing(connection: Connection, wait_s: float) -> None:
    """Take the lock for writing. SQLite's own waiting is unfair: it looks ten times a second, whoever else writes."""
    raw = _raw(connection)
    raw.execute("PRAGMA busy_timeout = 0")
    for _ in _tries(wait_s):
        try:
            raw.execute("BEGIN IMMEDIATE")
            break
        except sqlite3.OperationalError as error:
            if not is_busy(error):
                break
    if not raw.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the last try, whose error the engine knows


def _connect(file: Path) -> sqlite3.Connection:
    """Open the file, which must exist. The driver's own transactions are off; ours are begun by the engine's event."""
    connection = sqlite3.connect(
        f"file:{quote(str(file))}?mode=rw",
        uri=True,
        timeout=BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _raw(connection: Connection) -> Any:
    """The driver's connection, for what must be said outside a transaction."""
    return connection.connection.dbapi_connection


def _create(file: Path) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The files that SQLite adds beside this one get the same mode.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DatabaseUnavailable(
            f"The database {file} cannot be made: {error.strerror}. Give the service a directory that it may write to."
        ) from error


def _tries(timeout_s: float) -> Iterator[None]:
    """Yield at once, and again every few milliseconds until ``timeout_s`` is over."""
    end = time.monotonic() + timeout_s
    yield
    while time.monotonic() < end:
        time.sleep(random.uniform(0.002, 0.02))  # noqa: S311
        yield
