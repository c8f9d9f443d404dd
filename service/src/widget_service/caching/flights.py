"""One fetch for many: who fetches an answer, and what those who wait for the same are told."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from widget_service.caching.entry import Entry
from widget_service.caching.memory import Key
from widget_service.errors import ServiceError

REMEMBERED_S = 60.0
"""For so long after an answer that could not be kept, nobody waits for another's."""

_MAX_REMEMBERED = 50_000


class Landing(Enum):
    """What has become of a fetch that left no entry."""

    NOT_KEPT = auto()
    """Its answer cannot be shared; each makes a call of its own."""
    GIVEN_UP = auto()
    """It ended without an answer; another may begin."""
    SLOW = auto()
    """Its answer is still on the way, at the pace of its own reader."""


Outcome = Entry | Landing | ServiceError
"""An entry, why there is none, or the error that the destination's call has ended in."""


@dataclass(slots=True, eq=False)
class Flight:
    """A fetch under way. Whoever leads it lands it, once, whatever happens."""

    key: Key
    _landed: Callable[["Flight"], None]
    outcome: Outcome | None = None
    _waiting: set["asyncio.Future[Outcome]"] = field(default_factory=set)

    def land(self, outcome: Outcome) -> None:
        """Tell all who wait. Idempotent: the first word counts."""
        if self.outcome is not None:
            return
        self.outcome = outcome
        self._landed(self)
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(outcome)
        self._waiting.clear()

    async def wait(self, timeout_s: float) -> Outcome | None:
        """Return what became of it, None where that is not known in time."""
        if self.outcome is not None:
            return self.outcome
        waiter: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            async with asyncio.timeout(timeout_s):
                return await waiter
        except TimeoutError:
            return None
        finally:
            self._waiting.discard(waiter)


class Flights:
    """The fetches of a process, and for a while the keys whose answers could not be kept."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._under_way: dict[Key, Flight] = {}
        self._not_kept: dict[Key, float] = {}

    def of(self, key: Key) -> Flight | None:
        """Return the fetch that is under way, if there is one."""
        return self._under_way.get(key)

    def begin(self, key: Key) -> Flight:
        """Return a new fetch for others to wait for; there must be none under way."""
        flight = self._under_way[key] = Flight(key, self._end)
        return flight

    def is_worth_waiting(self, key: Key) -> bool:
        """Whether an answer under ``key`` may be one that can be shared."""
        until = self._not_kept.get(key)
        if until is None:
            return True
        if self._monotonic() < until:
            return False
        del self._not_kept[key]
        return True

    def note_not_kept(self, key: Key) -> None:
        """Remember for a while that answers under ``key`` are not kept."""
        if len(self._not_kept) >= _MAX_REMEMBERED:
            self._not_kept.clear()
        self._not_kept[key] = self._monotonic() + REMEMBERED_S

    def note_kept(self, key: Key) -> None:
        """Forget that."""
        self._not_kept.pop(key, None)

    def _end(self, flight: Flight) -> None:
        if self._under_way.get(flight.key) is flight:
            del self._under_way[flight.key]
        if flight.outcome is Landing.NOT_KEPT:
            self.note_not_kept(flight.key)
        elif isinstance(flight.outcome, Entry):
            self.note_kept(flight.key)
