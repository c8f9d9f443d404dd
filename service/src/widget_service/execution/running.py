"""The executions that run in this process: how many may, and what happens to them when the service stops."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import structlog

from widget_service.errors import Unavailable
from widget_service.execution.limits.destinations import overloaded

log = structlog.get_logger("widget_service.execution")


WATCH_EVERY_S = 0.25


class Watch(Protocol):
    """Looks after one execution, or after several that one request has asked for."""

    @property
    def task(self) -> "asyncio.Task[Any]":
        """What is cancelled to break it off."""

    def tick(self) -> None:
        """Take note that it still runs."""

    def stop(self) -> None:
        """Look after it no more."""


class RunningExecutions:
    """Knows each execution by its watch. ``limit`` is how many run at a time."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._watches: set[Watch] = set()
        self._uncounted: set[Watch] = set()
        self._ticks = False
        self._is_stopping = False
        self._idle = asyncio.Event()
        self.was_broken_off = False
        self.refused = 0
        """How many were not taken on because as many ran as may."""
        self.refused_stopping = 0

    def __len__(self) -> int:
        return len(self._watches)

    @property
    def executing(self) -> int:
        """How many executions run; a batch is not one itself."""
        return len(self._watches) - len(self._uncounted)

    def refusal(self) -> Unavailable | None:
        """Return the error for an execution that is not taken on, None where there is room."""
        if self._is_stopping:
            return self.stopping()
        if len(self._watches) - len(self._uncounted) >= self._limit:
            self.refused += 1
            return overloaded("The service has as many calls to execute as it takes on at a time; try again.")
        return None

    def stopping(self) -> Unavailable | None:
        """Return the error for whatever is not begun any more, None while the service is not being stopped."""
        if not self._is_stopping:
            return None
        self.refused_stopping += 1
        return overloaded("The service is being stopped; another process of it, or the next one, will answer.")

    def enter(self, watch: Watch, *, counts: bool = True) -> None:
        """Take an execution in; its watch is told every `WATCH_EVERY_S` seconds that it still runs.

        What does not count is a batch, whose executions do.
        """
        self._watches.add(watch)
        if not counts:
            self._uncounted.add(watch)
        if not self._ticks:
            self._ticks = True
            watch.task.get_loop().call_later(WATCH_EVERY_S, self._tick)

    def leave(self, watch: Watch) -> None:
        """Count it out."""
        watch.stop()
        self._watches.discard(watch)
        self._uncounted.discard(watch)
        if self._is_stopping and not self._watches:
            self._idle.set()

    def _tick(self) -> None:
        self._ticks = bool(self._watches)
        if self._ticks:
            for watch in self._watches:
                watch.tick()
            asyncio.get_running_loop().call_later(WATCH_EVERY_S, self._tick)

    async def drain(self, timeout_s: float) -> None:
        """Take on no more, and return when all have ended; those that have not after ``timeout_s`` are broken off."""
        self._is_stopping = True
        if not self._watches:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._idle.wait()
        except TimeoutError:
            log.warning("drain.broken_off", executions=len(self._watches), timeout_s=timeout_s)
            self.was_broken_off = True
            for watch in list(self._watches):
                watch.task.cancel()


class Draining:
    """Drains when the service is asked to stop. ``asked`` returns then; the hooks are those of the application.

    For ``delay_s`` calls are still taken on: whoever sends them here needs to notice first that this process is not
    ready any more. Those that run after that have ``timeout_s`` to end.
    """

    def __init__(
        self,
        running: RunningExecutions,
        asked: Callable[[], Awaitable[None]],
        *,
        timeout_s: float,
        delay_s: float = 0.0,
    ) -> None:
        self._running, self._asked, self._timeout_s, self._delay_s = running, asked, timeout_s, delay_s
        self.has_begun = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Wait for the word, in the background."""
        self._task = asyncio.create_task(self._run())

    async def finish(self) -> None:
        """Wait no longer."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        await self._asked()
        self.has_begun = True
        await asyncio.sleep(self._delay_s)
        await self._running.drain(self._timeout_s)
