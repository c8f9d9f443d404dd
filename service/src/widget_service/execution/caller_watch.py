"""A caller who goes away: the execution ends, and with it the call of the destination."""

import asyncio

from widget_service.execution.caller_body import CallerBody
from widget_service.http import Receive


class CallerWatch:
    """Cancels ``task`` when the caller's connection ends; ``has_gone`` says that this was the reason.

    It watches from the second `tick` on: most executions are over by then, and cost nothing more than this object.
    """

    __slots__ = ("_body", "_is_old", "_receive", "_watcher", "has_gone", "task")

    def __init__(self, task: "asyncio.Task[object]", receive: Receive, body: CallerBody) -> None:
        self.task = task
        self.has_gone = self._is_old = False
        self._receive, self._body = receive, body
        self._watcher: asyncio.Task[None] | None = None

    def tick(self) -> None:
        """Begin to watch, if it is time. While the body is still being read, whoever reads it learns of the end."""
        if self._is_old and self._watcher is None and self._body.is_complete:
            self._watcher = asyncio.create_task(self._watch())
        self._is_old = True

    def stop(self) -> None:
        """Watch no more."""
        if self._watcher is not None:
            self._watcher.cancel()

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.has_gone = True
        self.task.cancel()
