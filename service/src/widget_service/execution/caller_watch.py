"""A caller who goes away: the execution ends, and with it the call of the destination."""

import asyncio

from widget_service.execution.caller_body import CallerBody
from widget_service.http import Receive

WATCH_AFTER_S = 0.25
"""Most executions are over by then: for them, nothing is watched."""


class CallerWatch:
    """Cancels ``task`` when the caller's connection ends; ``has_gone`` says that this was the reason."""

    __slots__ = ("_body", "_loop", "_receive", "_task", "_timer", "_watcher", "has_gone")

    def __init__(self, task: "asyncio.Task[object]", receive: Receive, body: CallerBody) -> None:
        self.has_gone = False
        self._task, self._receive, self._body = task, receive, body
        self._loop = task.get_loop()
        self._watcher: asyncio.Task[None] | None = None
        self._timer = self._loop.call_later(WATCH_AFTER_S, self._begin)

    def stop(self) -> None:
        """Watch no more."""
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()

    def _begin(self) -> None:
        if self._body.is_complete:
            self._watcher = self._loop.create_task(self._watch())
        else:  # who reads the body learns of it
            self._timer = self._loop.call_later(WATCH_AFTER_S, self._begin)

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.has_gone = True
        self._task.cancel()
