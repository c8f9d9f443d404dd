"""Answers that are waited for: whole or as they arrive; the transport keeps the deadline of their call."""

import builtins
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from ._protocol import Answer, Outage, Request
from ._raw import RawParts
from ._transports import BlockingAnswer


class RawResponse(RawParts):
    """An answer of the destination, whatever its status.

    Read it to its end, or use it with ``with``: until then it holds a connection. The timeout of the call goes on
    while the body is read: give a longer one for long streams.
    """

    def __init__(self, request: Request, answer: BlockingAnswer) -> None:
        super().__init__(request, answer.status, answer.headers)
        self._answer = answer

    def bytes(self) -> builtins.bytes:
        """The whole body; it is kept, so that it can be read again in another form."""
        if self._body is None:
            self._body = b"".join(self.stream())
        return self._body

    def text(self) -> str:
        """The whole body as UTF-8."""
        return self._text(self.bytes())

    def json(self) -> Any:
        """The whole body as JSON; ``{}`` if empty. Raises ConnectorExecuteError ``INVALID_RESPONSE`` if not JSON."""
        return self._json(self.bytes())

    def stream(self) -> Iterator[builtins.bytes]:
        """The body as it arrives. Raises ConnectorNetworkError or ConnectorTimeoutError if it breaks off."""
        if self._body is not None:
            yield self._body
            return
        self._start_stream()
        try:
            with errors(self._request):
                yield from self._answer.chunks()
        finally:
            self.close()

    def close(self) -> None:
        """Gives up what has not been read."""
        self._answer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def read(answer: BlockingAnswer) -> Answer:
    """The answer with its whole body."""
    try:
        body = b"".join(answer.chunks())
    finally:
        answer.close()
    return Answer(answer.status, answer.headers, body)


@contextmanager
def errors(request: Request) -> Iterator[None]:
    """Raises the ConnectorError that an outage means for this call."""
    try:
        yield
    except Outage as outage:
        raise outage.error_for(request.subject) from outage.cause
