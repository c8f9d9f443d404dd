"""A PostgreSQL database: its pool of connections, and transactions."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final

from psycopg import Error
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from widget_service.storage import copying
from widget_service.storage.errors import StorageError
from widget_service.storage.postgresql import dialect
from widget_service.storage.postgresql.address import connection_parameters, place_of
from widget_service.storage.postgresql.connections import LOCK_S, LimitedConnection
from widget_service.storage.postgresql.faults import read_only, storage_error, without_values
from widget_service.storage.postgresql.signal import CHANNEL, PostgresqlSignal

POOL_SIZE: Final = 5
MIGRATION_S: Final = 600.0
"""So long a start waits for another process that migrates, and a migration's statement may take."""

_WRITERS: Final = int.from_bytes(b"widgets.")
"""The advisory lock of who writes. It belongs to one database; two services in it would only wait for each other."""

_SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ"}
_LATEST: Final = {"isolation_level": "READ COMMITTED"}


class PostgresqlBackend:
    """The database of ``url``, which must be there; connections are made when they are needed."""

    def __init__(self, url: str) -> None:
        self._parameters = connection_parameters(url)
        self._place = place_of(url)
        self._engine = _engine(self._parameters)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database."""
        with self._errors_in_our_words(), self._engine.execution_options(**_SNAPSHOT).begin() as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self, wait_s: float | None = None) -> Iterator[Connection]:
        """A transaction that has the lock of the writers from its beginning, and sees what the one before has left."""
        with self._errors_in_our_words(), self._engine.execution_options(**_LATEST).begin() as connection:
            self._lock(connection, LOCK_S if wait_s is None else min(wait_s, LOCK_S))
            yield connection

    @contextlib.contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A writing transaction in which statements may take long, and that waits for who migrates already."""
        with (
            self._errors_in_our_words(),
            self._engine.execution_options(**_LATEST).connect() as connection,
            _raw(connection).limited(MIGRATION_S + 10),
            connection.begin(),
        ):
            connection.execute(text("SELECT set_config('statement_timeout', '0', true)"))
            self._lock(connection, MIGRATION_S)
            yield connection

    def announce(self, connection: Connection) -> None:
        """Wake up who follows, when the transaction is committed."""
        connection.execute(text(f"NOTIFY {CHANNEL}"))

    def empty(self, connection: Connection) -> None:
        """Drop all tables, and the functions of their triggers."""
        copying.drop_tables(connection)
        functions = "SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        for name in connection.scalars(text(f"{functions} AND prorettype = 'trigger'::regtype")).all():
            connection.execute(text(f"DROP FUNCTION {name}"))

    def draw_after(self, connection: Connection, table: str, key: str, last: int) -> None:
        """Have the sequence of a column go on after ``last``."""
        statement = text("SELECT setval(pg_get_serial_sequence(:table, :key), greatest(:last, 1), :last > 0)")
        connection.execute(statement, {"table": table, "key": key, "last": last})

    def fault(self, error: SQLAlchemyError | Error) -> StorageError:
        """Return ``error`` in the words of the store."""
        return storage_error(error, self._place, self._parameters.get("password"))

    def signal(self, interval_s: float) -> PostgresqlSignal:
        """Return a signal that listens, and looks by itself now and then."""
        return PostgresqlSignal(self._parameters, self.fault, interval_s)

    def close(self) -> None:
        """Close the connections of the pool."""
        self._engine.dispose()

    def _lock(self, connection: Connection, wait_s: float) -> None:
        patience = text("SELECT set_config('lock_timeout', :ms, true), current_setting('transaction_read_only')")
        row = connection.execute(patience, {"ms": str(max(1, round(wait_s * 1000)))}).one()
        if row[1] == "on":
            raise read_only(self._place)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})

    @contextlib.contextmanager
    def _errors_in_our_words(self) -> Iterator[None]:
        """Raise what the database says in words; nothing of its own is left in tracebacks, where values may be."""
        try:
            yield
        except (SQLAlchemyError, Error) as error:
            raise self.fault(error) from without_values(error)


def _engine(parameters: dict[str, Any]) -> Engine:
    return create_engine(
        f"postgresql+{dialect.PostgresqlDialect.driver}://",
        creator=lambda: LimitedConnection.open(parameters),
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_timeout=LOCK_S,
        pool_pre_ping=True,
        hide_parameters=True,
        use_native_hstore=False,
    )


def _raw(connection: Connection) -> LimitedConnection:
    raw: Any = connection.connection.dbapi_connection
    assert isinstance(raw, LimitedConnection)
    return raw
