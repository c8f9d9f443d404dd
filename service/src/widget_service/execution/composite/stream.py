"""The last step's answer while other steps still run: it is begun to be read, so that it holds nothing up."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from widget_service.body_stream import BodyStream

HELD_BYTES = 1024 * 1024
"""As much is read ahead of a body that is sent on as it comes."""


class ReadAhead(BodyStream):
    """A body of which the beginning may have been read before anybody wanted it."""

    def __init__(self, body: AsyncGenerator[bytes, None]) -> None:
        self._body = body
        self._parts: list[bytes] = []
        self._size = 0
        self._next: asyncio.Task[bytes | None] | None = None
        self.has_ended = False

    def is_full(self, limit: int) -> bool:
        """Return whether ``limit`` bytes have been read ahead, or more."""
        return self._size >= limit

    async def read_until(self, wanted: asyncio.Event, limit: int) -> None:
        """Read until the body is ``wanted``, has ended, or ``limit`` bytes are held; raise what reading raises."""
        waiting = asyncio.ensure_future(wanted.wait())
        try:
            while not (self.is_full(limit) or self.has_ended or wanted.is_set()):
                self._next = self._next or asyncio.ensure_future(_next_of(self._body))
                await asyncio.wait((self._next, waiting), return_when=asyncio.FIRST_COMPLETED)
                if self._next.done():
                    self._take(self._next)
        finally:
            waiting.cancel()

    def whole(self) -> bytes:
        """Return the body of which all has been read."""
        parts, self._parts = self._parts, []
        return b"".join(parts)

    async def __anext__(self) -> bytes:
        if self._parts:
            return self._parts.pop(0)
        if self.has_ended:
            raise StopAsyncIteration
        if self._next is not None:
            task, self._next = self._next, None
            part = await task
            if part is not None:
                return part
            self.has_ended = True
            raise StopAsyncIteration
        return await self._body.__anext__()

    async def aclose(self) -> None:
        """End the body, if it has not ended yet."""
        if self._next is not None:
            self._next.cancel()
            with suppress(BaseException):
                await self._next
        await self._body.aclose()

    def _take(self, task: "asyncio.Task[bytes | None]") -> None:
        self._next = None
        part = task.result()
        self.has_ended = part is None
        self._parts += () if part is None else (part,)
        self._size += len(part or b"")


async def _next_of(body: AsyncGenerator[bytes, None]) -> bytes | None:
    """Return the next part, None at the end: a task cannot tell of an end by ``StopAsyncIteration``."""
    return await anext(body, None)
