"""A transport that asks a fake service without a socket."""

import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

from .._protocol import BrokenOff, OutOfTime, Request
from .answers import FakeAnswer

Answerer = Callable[[str, str, Mapping[str, str], bytes], FakeAnswer]


class InProcessAnswer:
    """A fake answer, for a caller that waits."""

    def __init__(self, answer: FakeAnswer, timer: "_Timer") -> None:
        self._answer = answer
        self._timer = timer
        self.status = answer.status
        self.headers: Mapping[str, str] = answer.headers

    def chunks(self) -> Iterator[bytes]:
        """The body, each piece at its time."""
        for due_s, piece in self._answer.pieces:
            self._timer.wait_until(due_s)
            yield piece

    def close(self) -> None:
        """Nothing to give up."""


class InProcessTransport:
    """The blocking transport; a delay that the timeout does not allow fails at once, without waiting for it."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer

    def send(self, request: Request) -> InProcessAnswer:
        """The answer, after its delay."""
        answer = self._answerer(request.method, request.url, dict(request.headers), request.body or b"")
        timer = _Timer(request.timeout_ms)
        timer.wait_until(answer.delay_s)
        if answer.disconnects:
            raise BrokenOff("the fake service disconnects")
        return InProcessAnswer(answer, timer)

    def close(self) -> None:
        """Nothing to close."""

    def asynchronous(self) -> "AsyncInProcessTransport":
        """The same service for an asynchronous client."""
        return AsyncInProcessTransport(self._answerer)


class AsyncInProcessAnswer:
    """A fake answer, for a caller that awaits."""

    def __init__(self, answer: FakeAnswer, timer: "_Timer") -> None:
        self._answer = answer
        self._timer = timer
        self.status = answer.status
        self.headers: Mapping[str, str] = answer.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body, each piece at its time."""
        for due_s, piece in self._answer.pieces:
            await self._timer.sleep_until(due_s)
            yield piece

    async def aclose(self) -> None:
        """Nothing to give up."""


class AsyncInProcessTransport:
    """The asynchronous transport."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer

    async def send(self, request: Request) -> AsyncInProcessAnswer:
        """The answer, after its delay."""
        answer = self._answerer(request.method, request.url, dict(request.headers), request.body or b"")
        timer = _Timer(request.timeout_ms)
        await timer.sleep_until(answer.delay_s)
        if answer.disconnects:
            raise BrokenOff("the fake service disconnects")
        return AsyncInProcessAnswer(answer, timer)

    async def aclose(self) -> None:
        """Nothing to close."""


class _Timer:
    """Waits for instants after the start of a call, and raises OutOfTime for those beyond its timeout."""

    def __init__(self, timeout_ms: float) -> None:
        self._timeout_ms = timeout_ms
        self._start = time.monotonic()

    def wait_until(self, due_s: float) -> None:
        time.sleep(self._remaining(due_s))

    async def sleep_until(self, due_s: float) -> None:
        import asyncio

        await asyncio.sleep(self._remaining(due_s))

    def _remaining(self, due_s: float) -> float:
        if due_s * 1000 > self._timeout_ms:
            raise OutOfTime(self._timeout_ms)
        return max(0.0, self._start + due_s - time.monotonic())
