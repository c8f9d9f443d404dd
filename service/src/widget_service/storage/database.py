"""The database: opening it, brought to this version's tables, and transactions on it.

Everything here blocks; an event loop calls it through ``asyncio.to_thread``. A `Database` may be used by several
threads at once, and every transaction has a connection of its own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Self

from sqlalchemy.exc import SQLAlchemyError

from widget_service.storage import revisions
from widget_service.storage.actors import Who
from widget_service.storage.audit import Sign
from widget_service.storage.backend import Backend, ChangeSignal, Replaceable
from widget_service.storage.changes import Change, Read
from widget_service.storage.migrations import upgrade
from widget_service.storage.scoping import guard
from widget_service.storage.urls import is_postgresql, sqlite_file


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def _unsigned(_: bytes) -> bytes:
    """The signature of who has no master key."""
    return b""


class Database:
    """One database of this version. All errors are `StorageError`\\ s."""

    def __init__(self, backend: Backend, *, create: bool = False, now: Callable[[], datetime] = now) -> None:
        self._backend = backend
        self._now = now
        self.sign_audit: Sign = _unsigned
        try:
            with self._errors_in_our_words():
                self.was_empty = upgrade(backend, create=create)
        except BaseException:
            backend.close()
            raise

    @classmethod
    def open(cls, url: str, *, create: bool = False, now: Callable[[], datetime] = now) -> Self:
        """Open the database of ``url`` and bring its tables up to date; with ``create``, make it where there is none.

        ``was_empty`` then says whether it had no tables; without ``create``, such a one is refused. In a server, only
        the tables are made: the database itself must be there.
        Raises `DatabaseUnavailable`, `DatabaseLocked` and `DatabaseTooNew`.
        """
        return cls(backend_of(url, create=create), create=create, now=now)

    @contextmanager
    def read(self) -> Iterator[Read]:
        """One state of the database for all that is read inside, whatever others change meanwhile."""
        with self._errors_in_our_words(), self._reached().reading() as connection:
            guard(connection)
            yield Read(connection)

    @contextmanager
    def change(
        self, *, actor: Who, action: str, tenant_id: str | None = None, wait_s: float | None = None
    ) -> Iterator[Change]:
        """One change, stored as a whole when the block ends; any exception takes all of it back.

        Others wait meanwhile: what takes long (checking, encrypting, asking somebody) belongs before it. ``wait_s`` is
        how long it waits for others at most, by default as long as suits an admin's change.
        """
        with self._errors_in_our_words(), self._reached().writing(wait_s) as connection:
            guard(connection)
            change = Change(connection, actor=actor, action=action, tenant_id=tenant_id, at=self._now())
            yield change
            change.finish(self.sign_audit)
            if change.has_touched or change.is_announced:
                self._reached().announce(connection)

    def now(self) -> datetime:
        """Return the time of changes."""
        return self._now()

    def revision(self) -> int:
        """Return the number of the last change; 0 before the first."""
        with self.read() as read:
            return revisions.current(read)

    def signal(self, interval_s: float) -> ChangeSignal:
        """Return a signal of changes by anybody, this process included."""
        return self._reached().signal(interval_s)

    def close(self) -> None:
        """Let go of the database."""
        self._backend.close()

    @contextmanager
    def _errors_in_our_words(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise self._reached().fault(error) from error

    def _reached(self) -> Backend:
        """The database, which was reached when this was made."""
        return self._backend


def backend_of(url: str, *, create: bool = False) -> Replaceable:
    """Open the database of ``url`` as it is, whatever its tables; raise `DatabaseUnavailable`."""
    if is_postgresql(url):
        from widget_service.storage.postgresql.backend import PostgresqlBackend

        return PostgresqlBackend(url)
    from widget_service.storage.sqlite.backend import SqliteBackend

    return SqliteBackend(sqlite_file(url), create=create)
