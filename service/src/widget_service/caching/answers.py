"""Answers as the stages after the cache read them: one that was kept, and one that is kept while it is read."""

from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from widget_service.body_stream import BodyStream
from widget_service.caching.entry import Entry
from widget_service.caching.headers import Pair, value_of
from widget_service.errors import SCOPE_DOWNSTREAM, UpstreamError


class Answer(Protocol):
    """What `widget_service.egress.UpstreamResponse` is: an answer whose body is read once."""

    status: int
    headers: list[Pair]

    @property
    def has_ended(self) -> bool:
        """Whether the whole body is there already."""

    @property
    def content_length(self) -> str | None:
        """The length of the body, where the destination gave it."""

    @property
    def is_delimited(self) -> bool:
        """Whether the end of the body can be told from a connection that broke off."""

    @property
    def was_redirected(self) -> bool:
        """Whether it came from another URL than the one that was asked."""

    def aiter_bytes(self) -> AsyncGenerator[bytes]:
        """Return the body as it comes."""

    def read_now(self) -> bytes:
        """Return the body of an answer that has ended."""

    async def read(self, limit: int) -> bytes:
        """Return the whole body, up to ``limit`` bytes."""

    async def aclose(self) -> None:
        """End it."""


class StoredAnswer:
    """A kept answer. It holds nothing that would have to be given back."""

    __slots__ = ("entry", "headers", "status")

    has_ended = True
    is_delimited = True
    was_redirected = False

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.status = entry.status
        self.headers = list(entry.headers)

    @property
    def content_length(self) -> str | None:
        return value_of(self.headers, "content-length")

    def read_now(self) -> bytes:
        return self.entry.body

    async def read(self, limit: int) -> bytes:
        if len(self.entry.body) > limit:
            raise UpstreamError(
                "UPSTREAM_RESPONSE_TOO_LARGE", f"The kept answer is longer than {limit} bytes.", scope=SCOPE_DOWNSTREAM
            )
        return self.entry.body

    def aiter_bytes(self) -> AsyncGenerator[bytes]:
        return _once(self.entry.body)

    async def aclose(self) -> None:
        """There is nothing to end."""


async def _once(body: bytes) -> AsyncGenerator[bytes]:
    if body:
        yield body


class RecordedAnswer:
    """An answer that is on its way to its caller, and is kept if it arrives whole and within ``limit`` bytes.

    The pace stays the reader's. ``keep`` gets the whole body; ``give_up`` is called once where nothing will be kept,
    and is told whether that is for good: it was too long, or may be whole another time.
    """

    def __init__(
        self, answer: Answer, limit: int, keep: Callable[[bytes], Entry], give_up: Callable[[bool], None]
    ) -> None:
        self._answer, self._limit, self._keep, self._give_up = answer, limit, keep, give_up
        self._is_over = False
        self.entry: Entry | None = None
        self.status, self.headers = answer.status, answer.headers
        self.is_delimited, self.was_redirected = answer.is_delimited, answer.was_redirected

    @property
    def has_ended(self) -> bool:
        return self._answer.has_ended

    @property
    def content_length(self) -> str | None:
        return self._answer.content_length

    def read_now(self) -> bytes:
        try:
            body = self._answer.read_now()
        except BaseException:
            self._leave(for_good=False)
            raise
        self._arrived(body)
        return body

    async def read(self, limit: int) -> bytes:
        try:
            body = await self._answer.read(limit)
        except BaseException:
            self._leave(for_good=False)
            raise
        self._arrived(body)
        return body

    def aiter_bytes(self) -> AsyncGenerator[bytes]:
        return _Recording(self, self._answer.aiter_bytes(), self._limit)

    async def aclose(self) -> None:
        self._leave(for_good=False)
        await self._answer.aclose()

    def _arrived(self, body: bytes) -> None:
        if len(body) > self._limit:
            self._leave(for_good=True)
        elif not self._is_over:
            self._is_over = True
            self.entry = self._keep(body)

    def _leave(self, *, for_good: bool) -> None:
        if not self._is_over:
            self._is_over = True
            self._give_up(for_good)


class _Recording(BodyStream):
    """The body as it comes; what has come is held until it is whole, or too long."""

    def __init__(self, answer: RecordedAnswer, parts: AsyncGenerator[bytes], limit: int) -> None:
        self._answer, self._parts, self._limit = answer, parts, limit
        self._held: list[bytes] | None = []
        self._size = 0

    async def __anext__(self) -> bytes:
        try:
            part = await self._parts.__anext__()
        except StopAsyncIteration:
            if self._held is not None:
                self._answer._arrived(b"".join(self._held))
            raise
        except BaseException:
            self._held = None
            self._answer._leave(for_good=False)
            raise
        self._hold(part)
        return part

    def _hold(self, part: bytes) -> None:
        self._size += len(part)
        if self._held is None:
            return
        if self._size > self._limit:
            self._held = None
            self._answer._leave(for_good=True)
        else:
            self._held.append(part)

    async def aclose(self) -> None:
        """End the body; what is not whole is not kept."""
        self._held = None
        self._answer._leave(for_good=False)
        await self._parts.aclose()
