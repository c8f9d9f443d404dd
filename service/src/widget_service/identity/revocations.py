"""Sessions that were ended before their time: known in this process at once, in all processes through the store."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from widget_service.identity.sessions import Session


class CannotEnd(Exception):
    """A log-out that could not be written down; the message is for the log."""


class RevocationStore(Protocol):
    """Where all processes learn of log-outs."""

    async def add(self, session: "Session") -> None:
        """Write down that a session was ended; raise `CannotEnd`."""
        ...


class Revocations:
    """The ids of ended sessions, each with the time (Unix seconds) at which it would have expired anyway."""

    def __init__(self) -> None:
        self._own: dict[str, int] = {}
        self._told: Mapping[str, int] = {}

    def add(self, id_: str, expires_at: int, *, now: float) -> None:
        """Take note of a session that this process has ended, and forget those that have expired since."""
        self._own = {known: until for known, until in self._own.items() if until > now}
        self._own[id_] = expires_at

    def replace(self, told: Mapping[str, int]) -> None:
        """Take over what the store knows; what this process has ended itself stays, should the store be behind."""
        self._told = told

    def __contains__(self, id_: object) -> bool:
        return id_ in self._told or id_ in self._own

    def __len__(self) -> int:
        return len(self._told.keys() | self._own.keys())
