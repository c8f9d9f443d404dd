"""Log-outs in the database, where every process finds them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from widget_service.control.plane import ControlPlane
from widget_service.identity.revocations import CannotEnd
from widget_service.identity.sessions import Session
from widget_service.storage import revoked_sessions
from widget_service.storage.errors import StorageError

ACTOR = "caller"


class DatabaseRevocations:
    """A `RevocationStore`, and what there is to read of it."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        self._number: int | None = None

    async def add(self, session: Session) -> None:
        """Write down that a session was ended; raise `CannotEnd`."""
        try:
            await asyncio.to_thread(self._add, session)
        except StorageError as error:
            raise CannotEnd(str(error)) from None

    def read_if_changed(self) -> Mapping[str, int] | None:
        """Return the ended sessions with the times at which they expire; None where nobody logged out since last time.

        Raises `StorageError`.
        """
        with self._plane.database.read() as read:
            number = revoked_sessions.current(read)
            if number == self._number:
                return None
            found = revoked_sessions.of_all_tenants(read, now=datetime.now(UTC))
        self._number = number
        return {session.id: int(session.expires_at.timestamp()) for session in found}

    def _add(self, session: Session) -> None:
        expires_at = datetime.fromtimestamp(session.expires_at, UTC)
        with self._plane.database.change(actor=ACTOR, action="session.end", tenant_id=session.tenant_id) as change:
            revoked_sessions.add(change, session.tenant_id, session.id, expires_at)
