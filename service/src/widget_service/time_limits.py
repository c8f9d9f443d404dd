"""Times that hardly ever run out: for what is over soon, no timer of the event loop is set."""

import asyncio
from collections.abc import Callable
from time import monotonic
from types import TracebackType

now = monotonic
"""The clock of asyncio's event loops (``loop.time``), read without asking for the loop."""

_SOON_S = 0.1


class Deadline:
    """One time at which something is called, unless it is cancelled before."""

    __slots__ = ("_expire", "_timer", "_until")

    def __init__(self, until: float, expire: Callable[[], object]) -> None:
        self._until = until
        self._expire: Callable[[], object] | None = expire
        self._timer: asyncio.TimerHandle | None = None

    def arm(self, loop: asyncio.AbstractEventLoop) -> None:
        """Set the timer, unless it is no longer needed."""
        if self._expire is not None:
            self._timer = loop.call_at(self._until, self._expire)

    def cancel(self) -> None:
        """Call nothing. Idempotent."""
        self._expire = None
        if self._timer is not None:
            self._timer.cancel()


class Deadlines:
    """Those of one event loop. A timer is set for what still waits after a tenth of a second, and keeps its time."""

    def __init__(self) -> None:
        self._young: list[Deadline] = []

    def add(self, until: float, expire: Callable[[], object]) -> Deadline:
        """Have ``expire`` called at the time ``until`` of `now`."""
        deadline = Deadline(until, expire)
        if until - now() < 2 * _SOON_S:
            deadline.arm(asyncio.get_running_loop())
            return deadline
        self._young.append(deadline)
        if len(self._young) == 1:
            asyncio.get_running_loop().call_later(_SOON_S, self._tick)
        return deadline

    def limit(self, seconds: float) -> "TimeLimit":
        """Return ``with`` what `asyncio.timeout` is ``async with``: ``TimeoutError`` after ``seconds`` in the block."""
        return TimeLimit(self, seconds)

    def _tick(self) -> None:
        young, self._young = self._young, []
        loop = asyncio.get_running_loop()
        for deadline in young:
            deadline.arm(loop)


class TimeLimit:
    """A block that is cancelled when its time is over."""

    __slots__ = ("_cancelling", "_deadline", "_deadlines", "_expired", "_seconds", "_task")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self._deadlines, self._seconds = deadlines, seconds
        self._expired = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("there is no task that could be cancelled")
        self._task, self._cancelling = task, task.cancelling()
        self._deadline = self._deadlines.add(now() + self._seconds, self._expire)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._deadline.cancel()
        if self._expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()
