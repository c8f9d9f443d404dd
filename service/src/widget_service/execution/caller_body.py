"""The caller's body: held where something must see all of it, else handed on as it comes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress

from widget_service.errors import CallerError
from widget_service.http import Receive, Scope

HELD_BYTES = 64 * 1024
"""What is not longer is held in any case: it is sent with its length, and can be sent again."""

_LINGER_BYTES = 64 * 1024 * 1024
_LINGER_S = 2.0


class CallerBody:
    """Reads one body, once, never more than ``limit`` bytes; ``idle_timeout_s`` is the longest wait for its next part.

    Every method raises `CallerError`: ``REQUEST_TOO_LARGE``, or ``INVALID_REQUEST_BODY`` for one that ends too soon.
    """

    __slots__ = ("_idle_timeout_s", "_limit", "_read", "_receive", "_size", "is_complete", "length")

    def __init__(self, receive: Receive, *, length: int | None, limit: int, idle_timeout_s: float) -> None:
        self.length = length
        self.is_complete = length == 0
        self._receive = receive
        self._limit = limit
        self._idle_timeout_s = idle_timeout_s
        self._size = 0
        self._read: list[bytes] = []

    async def begin(self) -> bool:
        """Read what may be held in any case; return whether that is all."""
        self._check(self.length or 0)
        while not self.is_complete and self._size <= HELD_BYTES:
            self._read.append(await self._next())
        return self.is_complete

    async def whole(self) -> bytes:
        """Return all of it."""
        self._check(self.length or 0)
        while not self.is_complete:
            self._read.append(await self._next())
        return self._read[0] if len(self._read) == 1 else b"".join(self._read)

    async def parts(self) -> AsyncIterator[bytes]:
        """Yield it as it comes, what was read before first."""
        read, self._read = self._read, []
        for part in read:
            yield part
        while not self.is_complete:
            if part := await self._next():
                yield part

    async def discard(self) -> None:
        """Read on for a while after a refusal: who is still sending would not see the answer (RFC 9112 §9.6)."""
        self._read, self._limit = [], self._size + _LINGER_BYTES
        with suppress(CallerError, TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while not self.is_complete:
                    await self._next()
        self.is_complete = True

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(self._idle_timeout_s):
                message = await self._receive()
        except TimeoutError:
            self.is_complete = True
            raise CallerError("INVALID_REQUEST_BODY", "The rest of the body did not come in time.") from None
        if message["type"] == "http.disconnect":
            self.is_complete = True
            raise CallerError("INVALID_REQUEST_BODY", "The connection ended before the body did.")
        part: bytes = message.get("body", b"")
        self._size += len(part)
        self._check(self._size)
        self.is_complete = not message.get("more_body", False) or self._size == self.length
        return part

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise CallerError("REQUEST_TOO_LARGE", f"The body is larger than {self._limit} bytes.")


def body_length(scope: Scope, headers: Mapping[str, str]) -> int | None:
    """Return the length of a request's body, None where only its end will tell (RFC 9112 §6.3)."""
    given = headers.get("content-length")
    if given is not None:
        return int(given) if given.isascii() and given.isdigit() else None
    is_framed = "transfer-encoding" in headers or not scope.get("http_version", "1.1").startswith("1")
    return None if is_framed else 0
