"""Connections that never wait for ever, neither for the server nor, in the server, for others."""

import contextlib
from collections.abc import Iterator
from typing import Any, Final, Self, TypeVar

from psycopg import AsyncConnection, Connection, OperationalError
from psycopg.abc import PQGen
from psycopg.pq import ConnStatus, TransactionStatus
from psycopg.pq.abc import PGconn
from psycopg.rows import TupleRow

LOCK_S: Final = 5.0
STATEMENT_S: Final = 8.0
ANSWER_S: Final = 10.0
"""The server gives up a lock first, then a statement; who hears nothing of either has a server that stands still."""

IDLE_IN_TRANSACTION_S: Final = 60.0
"""A writer that stands still holds up all others; the server ends its transaction."""

_SESSION: Final = (
    "SELECT set_config('statement_timeout', %s, false), set_config('idle_in_transaction_session_timeout', %s, false), "
    "set_config('TimeZone', 'UTC', false), current_setting('server_encoding')"
)


_Result = TypeVar("_Result")


class NoAnswer(OperationalError):
    """The server stands still, or is no longer there."""


class WrongEncoding(OperationalError):
    """The database keeps texts in an encoding that lacks most characters."""


class LimitedConnection(Connection[TupleRow]):
    """A connection that is closed, with an error, when an answer takes longer than ``limit_s``."""

    limit_s = ANSWER_S

    @classmethod
    def open(cls, parameters: dict[str, Any]) -> Self:
        """Connect and set the session up; raise psycopg's errors."""
        # Statements are not prepared: a pooler between us and the server may mix sessions.
        connection = cls.connect(**parameters, prepare_threshold=None, autocommit=True)
        try:
            connection._set_up()
        except BaseException:
            connection.close()
            raise
        return connection

    def wait(self, gen: PQGen[_Result], interval: float = 0.1, timeout: float | None = None) -> _Result:
        """Run a step of the protocol; raise `NoAnswer` when the server does not answer in time."""
        try:
            return super().wait(gen, interval, self.limit_s if timeout is None else timeout)
        except OperationalError:
            if not _is_unanswered(self.pgconn):
                raise
        raise NoAnswer(f"no answer within {self.limit_s:g} s")

    @contextlib.contextmanager
    def limited(self, limit_s: float) -> Iterator[None]:
        """Wait for answers for so long while the block runs."""
        before, self.limit_s = self.limit_s, limit_s
        try:
            yield
        finally:
            self.limit_s = before

    def _set_up(self) -> None:
        row = self.execute(_SESSION, [_ms(STATEMENT_S), _ms(IDLE_IN_TRANSACTION_S)]).fetchone()
        self.autocommit = False
        if row is None or row[-1] != "UTF8":
            raise WrongEncoding("the database's encoding is not UTF8")


class LimitedAsyncConnection(AsyncConnection[TupleRow]):
    """The same for who waits for notifications."""

    async def wait(self, gen: PQGen[_Result], interval: float = 0.1, timeout: float | None = None) -> _Result:
        """Run a step of the protocol; raise `NoAnswer` when the server does not answer in time."""
        try:
            return await super().wait(gen, interval, ANSWER_S if timeout is None else timeout)
        except OperationalError:
            if not _is_unanswered(self.pgconn):
                raise
        raise NoAnswer(f"no answer within {ANSWER_S:g} s")


def _is_unanswered(connection: PGconn) -> bool:
    """Whether a question is open; the connection is closed then: a late answer would be taken for another's."""
    if connection.status != ConnStatus.OK or connection.transaction_status != TransactionStatus.ACTIVE:
        return False
    connection.finish()
    return True


def _ms(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
