"""The bodies that an execution holds, all its steps together: never more than one simple call may hold."""

import asyncio

from widget_service.caching.answers import Answer
from widget_service.errors import UpstreamError
from widget_service.execution.composite.errors import held_too_much
from widget_service.settings import Settings


class HeldBodies:
    """Reads the bodies of steps, and counts what they hold.

    If it is too much, the last in order of those that hold something is dropped: in order it would not have fitted
    either, however the answers came in.
    """

    def __init__(self, settings: Settings) -> None:
        self._limit = settings.max_response_bytes
        self._timeout_s = settings.upstream_body_timeout_s
        self._sizes: dict[int, int] = {}
        self._parts: dict[int, list[bytes]] = {}
        self.dropped: set[int] = set()

    async def read(self, index: int, upstream: Answer) -> bytes:
        """Return the whole body of a step's answer; raise `HeldTooMuch`, and what reading a body raises."""
        if upstream.has_ended:
            body = upstream.read_now()
            self.add(index, len(body))
            return body
        parts = self._parts[index] = []
        try:
            async with asyncio.timeout(self._timeout_s):
                async for part in upstream.aiter_bytes():
                    self.add(index, len(part))
                    parts.append(part)
        except TimeoutError:
            raise UpstreamError(
                "UPSTREAM_TIMEOUT", f"The destination did not end its answer within {self._timeout_s:g} s."
            ) from None
        finally:
            del self._parts[index]
        return b"".join(parts)

    def add(self, index: int, size: int) -> None:
        """Count ``size`` more bytes of a step; raise `HeldTooMuch` if it is the one that does not fit."""
        if index not in self.dropped:
            self._sizes[index] = self._sizes.get(index, 0) + size
        while sum(self._sizes.values()) > self._limit:
            self._drop(max(self._sizes))
        if index in self.dropped:
            raise self.error()

    def error(self) -> Exception:
        """Return the error of a step that was dropped."""
        return held_too_much(self._limit)

    def _drop(self, index: int) -> None:
        del self._sizes[index]
        self.dropped.add(index)
        self._parts.get(index, []).clear()
