"""The execution endpoint as a bare ASGI callable: routing and request objects would cost more than the work."""

from contextlib import aclosing

import structlog

from widget_service.envelope import request_id_of
from widget_service.errors import CallerError, ServiceError
from widget_service.execution.answer import Answer, error_answer
from widget_service.execution.cors import Cors
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.pipeline import Pipeline
from widget_service.http import (
    BodyTooLarge,
    Receive,
    Scope,
    Send,
    decode_headers,
    encode_headers,
    read_body,
    send_answer,
)

log = structlog.get_logger("widget_service.execution")


class ExecutionEndpoint:
    """``{METHOD} {prefix}/connectors/{permalink}/execute``."""

    def __init__(self, pipeline: Pipeline, cors: Cors) -> None:
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
        origin = headers.get("origin")
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await send_answer(send, 204, self._cors.preflight(origin, permalink), b"")
            return
        answer = await self._answer(scope, receive, headers, permalink)
        answer.headers += self._cors.headers(origin, answer.headers)
        await self._send(send, answer)

    async def _answer(self, scope: Scope, receive: Receive, headers: dict[str, str], permalink: str) -> Answer:
        limit = self._pipeline.settings.max_request_bytes
        try:
            body = await read_body(receive, limit=limit)
        except BodyTooLarge:
            error: ServiceError = CallerError("REQUEST_TOO_LARGE", f"The body is larger than {limit} bytes.")
            request_id = request_id_of(headers.get("x-request-id"))
            answer = error_answer(error, request_id)
            answer.headers.append(("X-Request-ID", request_id))
            return answer
        call = IncomingCall(
            permalink=permalink,
            method=scope["method"],
            query_string=scope["query_string"].decode("utf-8", "surrogateescape"),
            headers=headers,
            body=body,
            scheme=scope.get("scheme", "http"),
        )
        return await self._pipeline.execute(call)

    async def _send(self, send: Send, answer: Answer) -> None:
        if answer.stream is None:
            await send_answer(send, answer.status, answer.headers, answer.body or b"")
            return
        start = {"type": "http.response.start", "status": answer.status, "headers": encode_headers(answer.headers)}
        async with aclosing(answer.stream) as stream:
            await send(start)
            async for chunk in stream:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
