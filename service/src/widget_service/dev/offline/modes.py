"""Where answers of destinations come from in development mode."""

from enum import Enum


class Mode(Enum):
    """What ``dev --record``, ``--replay`` and ``--mock`` choose between."""

    LIVE = "live"
    RECORD = "record"
    REPLAY = "replay"
    MOCK = "mock"

    @property
    def is_offline(self) -> bool:
        """Whether no destination is called, and no secret is needed."""
        return self in (Mode.REPLAY, Mode.MOCK)
