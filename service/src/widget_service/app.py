"""The application: wiring only. Executions go to a bare ASGI callable, everything else to Starlette's router."""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from starlette.routing import BaseRoute, Router

from widget_service import garbage
from widget_service.envelope import error_body, error_headers, request_id_of
from widget_service.errors import CallerError, ServiceError, unforeseen
from widget_service.execution.asgi import ExecutionEndpoint
from widget_service.http import ASGIApp, Message, Receive, Scope, Send, send_answer

log = structlog.get_logger("widget_service")

Hook = Callable[[], Awaitable[None]]


class Application:
    """The ASGI application. ``on_startup`` and ``on_shutdown`` run in order, in the server's event loop.

    While it ``is_draining`` connections are closed after their next answer: none is in use when the server stops.
    """

    def __init__(
        self,
        *,
        execution: ExecutionEndpoint,
        routes: Sequence[BaseRoute],
        on_startup: Sequence[Hook] = (),
        on_shutdown: Sequence[Hook] = (),
        is_draining: Callable[[], bool] = lambda: False,
    ) -> None:
        self._execution = execution
        self._router: ASGIApp = Router(routes=routes)
        self._on_startup = on_startup
        self._on_shutdown = on_shutdown
        self._is_draining = is_draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's lifespan."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_draining():
            send = _closing(send)
        problem = _framing_problem(scope["headers"])
        if problem is not None:
            await _send_error(send, problem)
            return
        permalink = self._execution.permalink_of(scope["path"])
        if permalink is not None:
            await self._execution(scope, receive, send, permalink)
        elif scope["path"] == self._execution.batch.path:
            await self._execution.batch(scope, receive, send)
        else:
            await self._route(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What nobody foresaw is answered like any error, and is told to the log alone."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._router(scope, receive, watched)
        except Exception as error:
            log.error("request.unforeseen", path=scope["path"], kind=type(error).__name__, exc_info=True)
            if started:
                raise
            await _send_error(send, unforeseen())

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            hooks = self._on_startup if message["type"] == "lifespan.startup" else self._on_shutdown
            try:
                for hook in hooks:
                    await hook()
            except Exception as error:
                log.error("lifespan.failed", stage=message["type"], exc_info=True)
                await send({"type": f"{message['type']}.failed", "message": f"{type(error).__name__}: {error}"})
                return
            if hooks is self._on_startup:
                garbage.settle()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return


def _closing(send: Send) -> Send:
    """Return ``send`` with a word to the caller that the connection ends with this answer (RFC 9112 §9.6)."""

    async def closing(message: Message) -> None:
        if message["type"] == "http.response.start" and (b"Connection", b"close") not in message["headers"]:
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return closing


def _framing_problem(headers: Sequence[tuple[bytes, bytes]]) -> ServiceError | None:
    """Refuse what could be read in two ways: no ``Host``, or two lengths (RFC 9112 §3.2, §6.1)."""
    names = [name for name, _ in headers]
    if names.count(b"host") != 1:
        return CallerError("INVALID_REQUEST_HEADER", "A request must have one Host header.")
    if b"transfer-encoding" in names and b"content-length" in names:
        return CallerError("INVALID_REQUEST_HEADER", "A request has Content-Length or Transfer-Encoding, not both.")
    return None


async def _send_error(send: Send, error: ServiceError) -> None:
    request_id = request_id_of(None)
    await send_answer(
        send, error.status, [*error_headers(error), ("Connection", "close")], error_body(error, request_id)
    )
