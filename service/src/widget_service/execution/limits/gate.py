"""A gate: so many go through at a time, so many more wait in a row, everybody else is turned away at once."""

import asyncio
from collections import deque


class GateFull(Exception):
    """As many wait as may."""


class Gate:
    """Counts who is inside. ``limit`` may be changed at any time; it holds for those who come after."""

    __slots__ = ("_inside", "_waiting", "limit", "max_waiting")

    def __init__(self, limit: int, max_waiting: int) -> None:
        self.limit = limit
        self.max_waiting = max_waiting
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def is_idle(self) -> bool:
        """Whether nobody is inside or waits."""
        return self._inside == 0 and not self._waiting

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def try_enter(self) -> bool:
        """Go through if there is room. Nobody overtakes those who wait: a place that becomes free goes to them."""
        if self._inside >= self.limit:
            return False
        self._inside += 1
        return True

    async def enter(self, until: float) -> None:
        """Go through, after waiting if there is no room.

        Raises `GateFull` where too many wait, and ``TimeoutError`` at the time ``until`` of the event loop's clock.
        """
        if self.try_enter():
            return
        if len(self._waiting) >= self.max_waiting:
            raise GateFull
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            async with asyncio.timeout_at(until):
                await place
        except BaseException:
            self._give_up(place)
            raise

    def leave(self) -> None:
        """Make room: for the first who waits, else for whoever comes."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._inside -= 1

    def _give_up(self, place: "asyncio.Future[None]") -> None:
        if place.done() and not place.cancelled():
            self.leave()  # the place was given in the very moment in which nobody wanted it any more
        elif place in self._waiting:
            self._waiting.remove(place)
