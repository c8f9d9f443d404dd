"""What a kind of database must offer; everything that only one kind knows is behind this."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from widget_service.storage.errors import StorageError


class ChangeSignal(Protocol):
    """Tells that something may have changed."""

    async def wait(self) -> None:
        """Return when something may have changed; raise `StorageError` when that cannot be known now."""

    def close(self) -> None:
        """Let go of the database; no error is raised."""


class Backend(Protocol):
    """One database of one kind."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of the database, however long it takes."""

    def writing(self, wait_s: float | None = None) -> AbstractContextManager[Connection]:
        """A transaction beside which no other writes: revisions are committed in the order of their numbers.

        Others are waited for at most ``wait_s``, by default as long as suits an admin's change.
        """

    def migrating(self) -> AbstractContextManager[Connection]:
        """A writing transaction in which tables can be changed."""

    def announce(self, connection: Connection) -> None:
        """Have the signals of all processes tell of this transaction, once it is committed."""

    def fault(self, error: SQLAlchemyError) -> StorageError:
        """Return ``error`` in the words of the store."""

    def signal(self, interval_s: float) -> ChangeSignal:
        """Return a signal of changes by anybody; where it must look for them, it does so every ``interval_s``."""

    def close(self) -> None:
        """Let go of all connections."""


class Replaceable(Backend, Protocol):
    """A database whose whole content can be replaced."""

    def empty(self, connection: Connection) -> None:
        """Drop all tables and what belongs to them, in the transaction of `migrating`."""

    def draw_after(self, connection: Connection, table: str, key: str, last: int) -> None:
        """Have the numbers that the database draws for a column go on after ``last``."""
