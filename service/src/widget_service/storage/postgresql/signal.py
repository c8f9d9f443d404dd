"""Noticing changes of a PostgreSQL database by its notifications, and by looking where these are lost.

A notification is sent with the transaction that it tells of. A pooler swallows them, a standby has none, and a
connection can be dead without a word: so who waits is also woken up without one.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

from psycopg import Error

from widget_service.storage.errors import StorageError
from widget_service.storage.postgresql.connections import LimitedAsyncConnection
from widget_service.storage.postgresql.faults import READ_ONLY

CHANNEL: Final = "widget_service"
LOOK_EVERY: Final = 5
"""Who is told needs to look without being told only so many times more seldom than who never is."""


class PostgresqlSignal:
    """Listens by a connection of its own."""

    def __init__(self, parameters: dict[str, Any], fault: Callable[[Error], StorageError], interval_s: float) -> None:
        self._parameters = parameters
        self._fault = fault
        self._look_s = interval_s * LOOK_EVERY
        self._connection: LimitedAsyncConnection | None = None
        self._is_told = False

    async def wait(self) -> None:
        """Return at once the first time, then after each notification or a while; raise `DatabaseUnavailable`."""
        try:
            if self._connection is None:
                self._connection = await LimitedAsyncConnection.connect(**self._parameters, autocommit=True)
                await self._listen(self._connection)
            elif self._is_told:
                async for _ in self._connection.notifies(timeout=self._look_s, stop_after=1):
                    pass
            else:
                await asyncio.sleep(self._look_s)
                await self._listen(self._connection)
        except Error as error:
            raise self._fault(error) from None

    def close(self) -> None:
        """Close the connection; the next `wait` opens another."""
        connection, self._connection, self._is_told = self._connection, None, False
        if connection is not None:
            with contextlib.suppress(Error):
                connection.pgconn.finish()

    async def _listen(self, connection: LimitedAsyncConnection) -> None:
        """A standby cannot listen; it may become the primary at any time."""
        try:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._is_told = True
        except Error as error:
            if error.sqlstate != READ_ONLY:
                raise
