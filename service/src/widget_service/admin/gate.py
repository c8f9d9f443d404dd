"""Before and after everything on the admin origin: whose host it is, which page asks, what every answer carries."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.routing import Route

from widget_service.admin.context import AdminContext
from widget_service.admin.errors import AdminError, told, unforeseen
from widget_service.admin.headers import HEADERS, NO_STORE, STRICT_TRANSPORT
from widget_service.envelope import request_id_of
from widget_service.http import ASGIApp, Message, Receive, Scope, Send, decode_headers, encode_headers, send_answer
from widget_service.telemetry.endpoint import PATH as METRICS_PATH

log = structlog.get_logger("widget_service.admin")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
Lifespan = Callable[[Receive, Send], Awaitable[None]]


class Gate:
    """The outermost ASGI application of the admin origin.

    It puts ``request_id`` and ``headers`` (by lowercase name) into the scope's state, refuses other hosts and requests
    of other origins' pages, answers errors in the envelope, and adds the security headers to every answer.
    """

    def __init__(self, app: ASGIApp, context: AdminContext, lifespan: Lifespan, metrics: Route | None = None) -> None:
        self._app, self._context, self._lifespan = app, context, lifespan
        self._metrics = metrics
        self.provider = context.provider
        is_https = (context.settings.admin_url or "").startswith("https:")
        self._always = encode_headers((*HEADERS, STRICT_TRANSPORT) if is_https else HEADERS)
        self._no_store = encode_headers([NO_STORE])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's lifespan."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = decode_headers(scope["headers"])
        request_id = request_id_of(headers.get("x-request-id"))
        scope["state"] = {**scope.get("state", {}), "request_id": request_id, "headers": headers}
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = self._headers(message.get("headers", []), request_id)
            await send(message)

        try:
            if self._metrics is not None and scope["path"] == METRICS_PATH:
                await self._metrics.handle(scope, receive, guarded)  # asked for by address, and for its token alone
                return
            self._check(scope, headers)
            await self._app(scope, receive, guarded)
        except Exception as error:
            answer = told(error)
            if answer is None:
                log.error("admin.unforeseen", path=scope["path"], request_id=request_id, exc_info=True)
                answer = unforeseen()
            if started:
                raise
            await send_error(guarded, answer, request_id)

    def _check(self, scope: Scope, headers: dict[str, str]) -> None:
        names = [name for name, _ in scope["headers"]]
        if names.count(b"host") != 1 or not self._context.answers_to(headers["host"]):
            raise AdminError(
                "UNKNOWN_HOST",
                "The admin pages do not answer to this host name; set ADMIN_URL to the one that is used.",
            )
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None:
            is_foreign = not self._context.is_own(origin, scope["scheme"], headers["host"])
        else:
            is_foreign = site in ("cross-site", "same-site") and not _is_navigation(scope["method"], headers)
        if is_foreign:
            raise AdminError("ORIGIN_NOT_ALLOWED", "Only pages of the admin origin itself may make this request.")

    def _headers(self, given: list[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
        names = {name.lower() for name, _ in given}
        added = [*self._always, (b"x-request-id", request_id.encode())]
        if b"cache-control" not in names:
            added += self._no_store
        return [*given, *(header for header in added if header[0] not in names)]


def _is_navigation(method: str, headers: dict[str, str]) -> bool:
    """Following a link from elsewhere is all right: it changes nothing, and no session goes with it (SameSite)."""
    return method in SAFE_METHODS and headers.get("sec-fetch-mode") == "navigate" and "sec-fetch-dest" in headers


async def send_error(send: Send, error: AdminError, request_id: str) -> None:
    """Answer with the envelope."""
    headers = [("Content-Type", "application/json"), *error.headers]
    await send_answer(send, error.status, headers, error.body(request_id))
