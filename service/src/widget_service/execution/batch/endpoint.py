"""``POST {prefix}/batch``: many executions in one request, a line for each as it is over."""

import asyncio
from collections.abc import Sequence

import structlog

from widget_service.envelope import NO_STORE, SECURITY_HEADERS, request_id_of
from widget_service.errors import CallerError, ServiceError
from widget_service.execution.answer import VARY, error_answer
from widget_service.execution.batch.items import Item, read_items
from widget_service.execution.batch.lines import LARGE_BYTES, line_of
from widget_service.execution.batch.running import BatchRun
from widget_service.execution.caller_body import CallerBody, body_length
from widget_service.execution.caller_watch import CallerWatch
from widget_service.execution.cors import Cors
from widget_service.execution.pipeline import Pipeline
from widget_service.execution.running import RunningExecutions
from widget_service.http import Receive, Scope, Send, decode_headers, encode_headers, peer_of, send_answer
from widget_service.identity.callers import Identified

log = structlog.get_logger("widget_service.execution")

_HEAD = (
    ("Content-Type", "application/x-ndjson"),
    ("X-Accel-Buffering", "no"),  # proxies like nginx would hold the lines back
    *SECURITY_HEADERS,
    NO_STORE,
    VARY,
)


class BatchEndpoint:
    """Takes batches. Each of their executions is one of those that are ``running``, under all rules of a single one."""

    def __init__(self, pipeline: Pipeline, cors: Cors, running: RunningExecutions) -> None:
        self._pipeline, self._cors, self._running = pipeline, cors, running
        self.path = pipeline.settings.path_prefix + "/batch"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one batch; what is wrong with it as a whole is told by the error envelope."""
        headers = decode_headers(scope["headers"])
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await send_answer(send, 204, self._cors.preflight(headers, ""), b"")
            return
        settings = self._pipeline.settings
        source = CallerBody(
            receive,
            length=body_length(scope, headers),
            limit=settings.max_request_bytes,
            idle_timeout_s=settings.caller_idle_timeout_s,
        )
        task = asyncio.current_task()
        assert task is not None
        watch = CallerWatch(task, receive, source)
        self._running.enter(watch, counts=False)
        try:
            await self._answer(scope, headers, source, send)
        except asyncio.CancelledError:
            if not watch.has_gone and not self._running.was_broken_off:
                raise
            task.uncancel()
        finally:
            self._running.leave(watch)

    async def _answer(self, scope: Scope, headers: dict[str, str], source: CallerBody, send: Send) -> None:
        request_id = request_id_of(headers.get("x-request-id"))
        try:
            identified, items = await self._read(scope, headers, source)
        except ServiceError as error:
            answer = error_answer(error, request_id)
            answer.headers.append(("X-Request-ID", request_id))
            answer.headers += self._cors.headers(headers, answer.headers)
            await source.discard()
            await send_answer(send, answer.status, answer.headers, answer.body)
            return
        head = [*_HEAD, ("X-Request-ID", request_id)]
        head += self._cors.headers(headers, head)
        await send({"type": "http.response.start", "status": 200, "headers": encode_headers(head)})
        await self._send_lines(headers, identified, items, send)

    async def _read(
        self, scope: Scope, headers: dict[str, str], source: CallerBody
    ) -> tuple[Identified, Sequence[Item]]:
        """Return who calls, found out once for all, and what is to be executed."""
        if scope["method"] != "POST":
            raise CallerError("METHOD_NOT_ALLOWED", "A batch is sent with POST.", headers=[("Allow", "POST")])
        stopping = self._running.stopping()
        if stopping is not None:
            raise stopping
        callers = self._pipeline.callers
        identified = await callers.identify(headers, scheme=scope.get("scheme", "http"), peer=peer_of(scope))
        body = await source.whole()
        items = await asyncio.to_thread(read_items, body) if len(body) > LARGE_BYTES else read_items(body)
        return identified, items

    async def _send_lines(
        self, headers: dict[str, str], identified: Identified, items: Sequence[Item], send: Send
    ) -> None:
        idle_timeout_s = self._pipeline.settings.caller_idle_timeout_s
        run = BatchRun(self._pipeline, self._running)
        try:
            async for index, answer in run.answers(items, headers, identified):
                is_large = answer.body is not None and len(answer.body) > LARGE_BYTES
                line = await asyncio.to_thread(line_of, index, answer) if is_large else line_of(index, answer)
                async with asyncio.timeout(idle_timeout_s):
                    await send({"type": "http.response.body", "body": line, "more_body": True})
                run.delivered(index)
            await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            log.warning("batch.broken_off", reason=f"the caller took nothing for {idle_timeout_s:g} s")
        finally:
            await run.end()
