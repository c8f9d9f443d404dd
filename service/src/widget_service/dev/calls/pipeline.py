"""The pipeline of development mode: it tells of every call what became of it."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import ClassVar

from widget_service.body_stream import BodyStream
from widget_service.dev.calls.report import MAX_SHOWN_BYTES
from widget_service.execution.answer import Answer
from widget_service.execution.execution import Execution
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.pipeline import Pipeline

Told = Callable[[Execution, Answer, bytes, int], object]
"""Called with a call, its answer, the beginning of the answer's body, and how long that was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingPipeline(Pipeline):
    """Executes calls, and tells of each one when its answer has been handed on."""

    told: Told
    is_quick: ClassVar[bool] = False
    """What is told of a call is what the stages make of it."""

    async def execute(self, incoming: IncomingCall) -> Answer:
        """Return the answer to one call, as the pipeline does."""
        execution, answer = await self.trace(incoming)
        if answer.stream is None:
            body = answer.body or b""
            self.told(execution, answer, body[:MAX_SHOWN_BYTES], len(body))
        else:
            answer.stream = _Overheard(answer.stream, lambda body, size: self.told(execution, answer, body, size))
        return answer


class _Overheard(BodyStream):
    """A stream whose beginning is remembered, and told when it ends; it can be closed before its first step too."""

    def __init__(self, stream: AsyncGenerator[bytes], told: Callable[[bytes, int], object]) -> None:
        self._stream, self._told = stream, told
        self._begun, self._size, self._is_told = bytearray(), 0, False

    async def __anext__(self) -> bytes:
        try:
            part = await self._stream.__anext__()
        except BaseException:
            self._end()
            raise
        self._size += len(part)
        self._begun += part[: MAX_SHOWN_BYTES - len(self._begun)]
        return part

    async def aclose(self) -> None:
        """End the stream."""
        self._end()
        await self._stream.aclose()

    def _end(self) -> None:
        if not self._is_told:
            self._is_told = True
            self._told(bytes(self._begun), self._size)
