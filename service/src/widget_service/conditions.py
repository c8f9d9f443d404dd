"""What does not work as it should in this process, and since when; calls go on meanwhile."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class Part(StrEnum):
    """What can be away. Each has a sentence that says what that means; none of them holds an address."""

    DATABASE = "database"
    SNAPSHOT = "snapshot"
    EXECUTIONS_LOG = "executions_log"
    CACHE = "cache"


MEANING = {
    Part.DATABASE: "cannot be read; calls are executed from the last snapshot, changes are refused",
    Part.SNAPSHOT: "is the one kept on disk; what was changed since it was written is not served yet",
    Part.EXECUTIONS_LOG: "cannot be written; calls are counted, and not kept",
    Part.CACHE: "cannot be reached; this process counts, and keeps answers and tokens, for itself",
}


@dataclass(frozen=True, slots=True)
class Degraded:
    """A part that does not work, since that Unix time; ``since`` of a snapshot is when it was written."""

    part: Part
    since: float

    def as_dict(self) -> dict[str, str]:
        """The same as plain JSON values."""
        since = datetime.fromtimestamp(self.since, UTC).isoformat(timespec="seconds")
        return {"part": self.part.value, "since": since, "detail": MEANING[self.part]}


class Conditions:
    """Takes note of what parts say about themselves; from the event loop's thread."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._degraded: dict[Part, float] = {}

    def note(self, part: Part, *, works: bool, since: float | None = None) -> None:
        """Take note of a part; one that was known not to work stays so since then."""
        if works:
            self._degraded.pop(part, None)
        else:
            self._degraded.setdefault(part, self._now() if since is None else since)

    @property
    def degraded(self) -> list[Degraded]:
        """What does not work, in the order of `Part`."""
        return [Degraded(part, self._degraded[part]) for part in Part if part in self._degraded]
