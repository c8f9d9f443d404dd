"""The executions of one batch, side by side, each with the limits of a single one."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import structlog

from widget_service.envelope import request_id_of
from widget_service.errors import ServiceError, UpstreamError, unforeseen
from widget_service.execution.answer import Answer, error_answer
from widget_service.execution.batch.items import Item
from widget_service.execution.limits.destinations import overloaded
from widget_service.execution.pipeline import Pipeline
from widget_service.execution.running import RunningExecutions
from widget_service.identity.callers import Identified

HELD_BYTES = 256 * 1024
"""Longer bodies are read one at a time, and not before the one before has been delivered."""

log = structlog.get_logger("widget_service.execution")


class ItemWatch:
    """One execution of a batch among those that run; the batch itself looks after its caller."""

    __slots__ = ("task",)

    def __init__(self, task: "asyncio.Task[object]") -> None:
        self.task = task

    def tick(self) -> None:
        """There is nothing to look after."""

    def stop(self) -> None:
        """There is nothing to stop."""


class BatchRun:
    """Runs the executions of one batch, and gives their answers as they are over."""

    def __init__(self, pipeline: Pipeline, running: RunningExecutions) -> None:
        self._pipeline, self._running = pipeline, running
        self._over: asyncio.Queue[tuple[int, Answer]] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._large = asyncio.Lock()
        self._holds_large: int | None = None

    async def answers(
        self, items: Sequence[Item], headers: Mapping[str, str], identified: Identified
    ) -> AsyncIterator[tuple[int, Answer]]:
        """Yield index and answer of each execution; its body is there as a whole."""
        for index, item in enumerate(items):
            self._tasks.append(asyncio.create_task(self._run(index, item, headers, identified)))
        for _ in items:
            yield await self._next()

    def delivered(self, index: int) -> None:
        """Take note that an answer has been sent."""
        if self._holds_large == index:
            self._holds_large = None
            self._large.release()

    async def end(self) -> None:
        """Break off what still runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _next(self) -> tuple[int, Answer]:
        while True:
            try:
                return await self._over.get()
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if not self._running.was_broken_off or task is None or task.uncancel():
                    raise  # else the service stops: the executions were broken off too, and each says so

    async def _run(self, index: int, item: Item, headers: Mapping[str, str], identified: Identified) -> None:
        request_id = request_id_of(item.given_request_id)
        try:
            answer = await self._answer(index, item, request_id, headers, identified)
        except asyncio.CancelledError:
            if not self._running.was_broken_off:
                raise
            answer = _refused(overloaded("The service is being stopped; the call was broken off."), request_id)
        except Exception as error:
            log.error("batch.unforeseen", request_id=request_id, kind=type(error).__name__, exc_info=True)
            answer = _refused(unforeseen(), request_id)
        self._over.put_nowait((index, answer))

    async def _answer(
        self, index: int, item: Item, request_id: str, headers: Mapping[str, str], identified: Identified
    ) -> Answer:
        refusal = item.refusal(index) or self._running.refusal()
        if refusal is not None:
            return _refused(refusal, request_id)
        task = asyncio.current_task()
        assert task is not None
        watch = ItemWatch(task)
        self._running.enter(watch)
        try:
            answer = await self._pipeline.execute(item.call(headers, identified))
            if answer.stream is not None:
                answer = await self._read(index, answer)
            return answer
        finally:
            self._running.leave(watch)

    async def _read(self, index: int, answer: Answer) -> Answer:
        """Put the body that comes as a stream into the answer; one that breaks off makes it an error."""
        settings = self._pipeline.settings
        assert answer.stream is not None
        try:
            async with asyncio.timeout(settings.upstream_body_timeout_s) as time:
                answer.body = await self._whole(index, answer.stream, time)
        except TimeoutError:
            return _broken_off(answer, _too_slow(settings.upstream_body_timeout_s))
        except ServiceError as error:
            return _broken_off(answer, error)
        finally:
            await answer.stream.aclose()
            if answer.release is not None:
                await answer.release()
        answer.stream = None
        return answer

    async def _whole(self, index: int, stream: AsyncIterator[bytes], time: asyncio.Timeout) -> bytes:
        settings, loop = self._pipeline.settings, asyncio.get_running_loop()
        limit, parts, size = settings.max_response_bytes, [], 0
        async for part in stream:
            size += len(part)
            if size > limit:
                raise UpstreamError(
                    "UPSTREAM_RESPONSE_TOO_LARGE",
                    f"The answer is longer than {limit} bytes, too long for a batch; execute the connector alone.",
                )
            if size > HELD_BYTES and self._holds_large != index:
                time.reschedule(None)  # what it waits for now is not its destination
                await self._large.acquire()
                self._holds_large = index
                time.reschedule(loop.time() + settings.upstream_body_timeout_s)
            parts.append(part)
        return b"".join(parts)


def _refused(error: ServiceError, request_id: str) -> Answer:
    answer = error_answer(error, request_id)
    answer.headers.append(("X-Request-ID", request_id))
    return answer


def _broken_off(answer: Answer, error: ServiceError) -> Answer:
    """Return the error in the place of an answer that had begun."""
    request_id = next(value for name, value in answer.headers if name == "X-Request-ID")
    return _refused(error, request_id)


def _too_slow(seconds: float) -> UpstreamError:
    return UpstreamError("UPSTREAM_TIMEOUT", f"The destination did not end its answer within {seconds:g} s.")
