"""Answers that are awaited: whole or as they arrive, and never beyond the deadline of their call.

Imports of asyncio wait until a call: they are half the cost of importing the package.
"""

import builtins
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from ._protocol import Answer, Outage, OutOfTime, Request
from ._raw import RawParts
from ._transports import AsyncAnswer


class RawResponse(RawParts):
    """An answer of the destination, whatever its status.

    Read it to its end, or use it with ``async with``: until then it holds a connection. The timeout of the call goes
    on while the body is read: give a longer one for long streams.
    """

    def __init__(self, request: Request, answer: AsyncAnswer, deadline: float) -> None:
        super().__init__(request, answer.status, answer.headers)
        self._answer = answer
        self._deadline = deadline

    async def bytes(self) -> builtins.bytes:
        """The whole body; it is kept, so that it can be read again in another form."""
        if self._body is None:
            self._body = b"".join([chunk async for chunk in self.stream()])
        return self._body

    async def text(self) -> str:
        """The whole body as UTF-8."""
        return self._text(await self.bytes())

    async def json(self) -> Any:
        """The whole body as JSON; ``{}`` if empty. Raises ConnectorExecuteError ``INVALID_RESPONSE`` if not JSON."""
        return self._json(await self.bytes())

    async def stream(self) -> AsyncIterator[builtins.bytes]:
        """The body as it arrives. Raises ConnectorNetworkError or ConnectorTimeoutError if it breaks off."""
        if self._body is not None:
            yield self._body
            return
        self._start_stream()
        chunks = self._answer.chunks()
        try:
            while True:
                async with errors(self._request), until(self._deadline, self._request):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    return
                yield chunk
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Gives up what has not been read."""
        await self._answer.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


async def read(answer: AsyncAnswer) -> Answer:
    """The answer with its whole body."""
    try:
        body = b"".join([chunk async for chunk in answer.chunks()])
    finally:
        await answer.aclose()
    return Answer(answer.status, answer.headers, body)


def deadline(request: Request) -> float:
    """The instant, by the clock of the event loop, at which the call ends."""
    import asyncio

    return asyncio.get_running_loop().time() + request.timeout_s


@asynccontextmanager
async def until(deadline: float, request: Request) -> AsyncIterator[None]:
    """Cancels what runs inside at the deadline, and raises OutOfTime then."""
    import asyncio

    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError:
        raise OutOfTime(request.timeout_ms) from None


@asynccontextmanager
async def errors(request: Request) -> AsyncIterator[None]:
    """Raises the ConnectorError that an outage means for this call."""
    try:
        yield
    except Outage as outage:
        raise outage.error_for(request.subject) from outage.cause
