"""The execution endpoint as a bare ASGI callable: routing and request objects would cost more than the work."""

import asyncio

import structlog

from widget_service.envelope import request_id_of
from widget_service.errors import ServiceError
from widget_service.execution.answer import Answer, error_answer
from widget_service.execution.batch.endpoint import BatchEndpoint
from widget_service.execution.caller_body import CallerBody, body_length
from widget_service.execution.caller_watch import CallerWatch
from widget_service.execution.cors import Cors
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.limits.destinations import overloaded
from widget_service.execution.pipeline import Pipeline
from widget_service.execution.running import RunningExecutions
from widget_service.execution.sending import send_stream
from widget_service.http import Receive, Scope, Send, decode_headers, peer_of, send_answer

log = structlog.get_logger("widget_service.execution")


class ExecutionEndpoint:
    """``{METHOD} {prefix}/connectors/{permalink}/execute``. ``running`` are the executions under way.

    ``batch`` takes many of them at once.
    """

    def __init__(self, pipeline: Pipeline, cors: Cors) -> None:
        self.running = RunningExecutions(pipeline.settings.max_executions)
        self.batch = BatchEndpoint(pipeline, cors, self.running)
        self._pipeline = pipeline
        self._cors = cors
        self._prefix = pipeline.settings.path_prefix + "/connectors/"
        self._suffix = "/execute"

    def permalink_of(self, path: str) -> str | None:
        """Return the permalink that a path names, None when the path is not one of this endpoint's."""
        if path.startswith(self._prefix) and path.endswith(self._suffix):
            permalink = path[len(self._prefix) : -len(self._suffix)]
            return permalink or None
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send, permalink: str) -> None:
        """Execute one call and send its answer."""
        headers = decode_headers(scope["headers"])
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await send_answer(send, 204, self._cors.preflight(headers, permalink), b"")
            return
        call = self._incoming(scope, receive, headers, permalink)
        refusal = self.running.refusal()
        if refusal is not None:
            await self._refuse(send, call, refusal)
            return
        task = asyncio.current_task()
        assert task is not None
        assert call.source is not None
        watch = CallerWatch(task, receive, call.source)
        self.running.enter(watch)
        try:
            await self._execute(send, call)
        except asyncio.CancelledError:
            if not watch.has_gone and not self.running.was_broken_off:
                raise
            task.uncancel()  # the server sees that the answer has not been ended, and closes the connection
        finally:
            self.running.leave(watch)

    def _incoming(self, scope: Scope, receive: Receive, headers: dict[str, str], permalink: str) -> IncomingCall:
        settings = self._pipeline.settings
        source = CallerBody(
            receive,
            length=body_length(scope, headers),
            limit=settings.max_request_bytes,
            idle_timeout_s=settings.caller_idle_timeout_s,
        )
        return IncomingCall(
            permalink=permalink,
            method=scope["method"],
            query_string=scope["query_string"].decode("utf-8", "surrogateescape"),
            headers=headers,
            scheme=scope.get("scheme", "http"),
            peer=peer_of(scope),
            source=source,
        )

    async def _execute(self, send: Send, call: IncomingCall) -> None:
        try:
            answer = await self._pipeline.execute(call)
        except asyncio.CancelledError:
            if self.running.was_broken_off:
                await self._refuse(send, call, overloaded("The service is being stopped; the call was broken off."))
            raise
        await self._send(send, call, answer)

    async def _refuse(self, send: Send, call: IncomingCall, error: ServiceError) -> None:
        request_id = request_id_of(call.headers.get("x-request-id"))
        answer = error_answer(error, request_id)
        answer.headers.append(("X-Request-ID", request_id))
        await self._send(send, call, answer)

    async def _send(self, send: Send, call: IncomingCall, answer: Answer) -> None:
        if "origin" in call.headers:
            answer.headers += self._cors.headers(call.headers, answer.headers)
        if answer.stream is not None:
            await send_stream(send, answer, idle_timeout_s=self._pipeline.settings.caller_idle_timeout_s)
            return
        if call.source is not None and not call.source.is_complete:
            await call.source.discard()
        await send_answer(send, answer.status, answer.headers, answer.body)
