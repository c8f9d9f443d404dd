"""A request body that is sent as it comes: what the caller gives on one side, what libcurl takes on the other.

Back-pressure goes through: while the destination does not take what is there, no more is asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import pycurl

from widget_service.errors import ServiceError

_HIGH_WATER_BYTES = 128 * 1024


class Upload:
    """Carries the parts of ``source`` to one transfer. ``length`` is their sum where it is known beforehand."""

    def __init__(self, source: AsyncIterator[bytes], length: int | None) -> None:
        self.length = length
        self.failure: ServiceError | None = None
        self._source = source
        self._parts: list[memoryview] = []
        self._buffered = 0
        self._complete = self._broken = self._starved = False
        self._room: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, resume: Callable[[], None]) -> None:
        """Begin to read the source; ``resume`` makes libcurl ask again after it was told to wait."""
        self._room = asyncio.Event()
        self._task = asyncio.create_task(self._pump(resume, self._room))

    def stop(self) -> None:
        """Read no more. Idempotent."""
        if self._task is not None:
            self._task.cancel()

    def read(self, size: int) -> bytes | int:
        """Return the next part for libcurl, of ``size`` bytes at most; nothing is the end."""
        if self._broken:
            return int(pycurl.READFUNC_ABORT)
        if not self._parts:
            self._starved = not self._complete
            return int(pycurl.READFUNC_PAUSE) if self._starved else b""
        part = self._parts[0]
        if len(part) <= size:
            self._parts.pop(0)
        else:
            self._parts[0] = part[size:]
            part = part[:size]
        self._buffered -= len(part)
        if self._room is not None and self._buffered < _HIGH_WATER_BYTES:
            self._room.set()
        return bytes(part)

    async def _pump(self, resume: Callable[[], None], room: asyncio.Event) -> None:
        try:
            async for part in self._source:
                self._parts.append(memoryview(part))
                self._buffered += len(part)
                self._wake(resume)
                if self._buffered >= _HIGH_WATER_BYTES:
                    room.clear()
                    await room.wait()
            self._complete = True
        except ServiceError as error:  # the caller's body has gone wrong: the destination must not take it for whole
            self.failure, self._broken = error, True
        except BaseException:
            self._broken = True
            raise
        finally:
            self._wake(resume)

    def _wake(self, resume: Callable[[], None]) -> None:
        if self._starved:
            self._starved = False
            resume()
