"""``/session``: a caller's cookie session and its CSRF token, for pages that are not rendered by the service."""

import json
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from widget_service.envelope import error_body, error_headers, request_id_of
from widget_service.errors import CallerError, ServiceError, Unavailable
from widget_service.http import BodyCutOff, BodyTooLarge, decode_headers, peer_of, read_body
from widget_service.identity.callers import Callers, anonymous_refused, check_csrf, user_of_token
from widget_service.identity.directory import ServedTenant
from widget_service.identity.proxies import network_of
from widget_service.identity.revocations import CannotEnd, RevocationStore
from widget_service.identity.sessions import Session, UserTooLarge
from widget_service.ratelimits.limiter import RateLimiter
from widget_service.ratelimits.rate import Rate

MAX_BODY_BYTES = 16 * 1024
_NO_STORE = {"Cache-Control": "no-store", "Vary": "Origin, Cookie", "X-Content-Type-Options": "nosniff"}
_METHODS = "GET, POST, DELETE"
_ALLOWED_HEADERS = "Content-Type, X-CSRF-Token, X-Request-ID"
PREFLIGHT_MAX_AGE_S = 600

log = structlog.get_logger("widget_service.identity")


class SessionEndpoint:
    """Opens, shows and ends cookie sessions. Log-outs are written to ``store``, where there is one."""

    def __init__(
        self,
        callers: Callers,
        *,
        store: RevocationStore | None = None,
        limiter: RateLimiter | None = None,
        per_minute: int = 600,
    ) -> None:
        self._callers = callers
        self._store = store
        self._limiter = limiter or RateLimiter()
        self._per_minute = per_minute

    def routes(self) -> list[Route]:
        """The routes of this endpoint."""
        return [Route("/session", self._handle, methods=["GET", "POST", "DELETE", "OPTIONS"])]

    async def _handle(self, request: Request) -> Response:
        call = _Call(request, self._callers)
        try:
            match request.method:
                case "OPTIONS":
                    response = self._preflight(call)
                case "POST":
                    response = await self._open(call)
                case "DELETE":
                    response = await self._end(call)
                case _:
                    response = self._show(call)
        except ServiceError as error:
            body = error_body(error, request_id_of(call.headers.get("x-request-id")))
            response = Response(body, error.status, headers={**dict(error_headers(error)), **_NO_STORE})
        response.headers.update(call.cors())
        return response

    def _preflight(self, call: "_Call") -> Response:
        allowed = call.cors()
        more = {
            "Access-Control-Allow-Methods": _METHODS,
            "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
            "Access-Control-Max-Age": str(PREFLIGHT_MAX_AGE_S),
        }
        return Response(status_code=204, headers={**_NO_STORE, **(more if allowed else {})})

    async def _open(self, call: "_Call") -> Response:
        token = await _token_of(call.request, call.headers)
        call.tenant = tenant = self._callers.tenant_of(call.headers, token=token, session=None)
        call.check_origin(tenant)
        await self._count(call, tenant)
        user = None if token is None else await user_of_token(tenant, token)
        if user is None and not tenant.allow_anonymous:
            raise anonymous_refused()
        try:
            opened = self._callers.sessions.open(user, tenant_id=tenant.id)
        except UserTooLarge as error:
            raise CallerError("INVALID_REQUEST_BODY", str(error)) from None
        return JSONResponse(_shown(opened.session), headers={**_NO_STORE, "Set-Cookie": opened.set_cookie})

    def _show(self, call: "_Call") -> Response:
        session, tenant = self._session(call)
        tenant.origins.check_without_cookie(**call.source)
        return JSONResponse(_shown(session), headers=_NO_STORE)

    async def _end(self, call: "_Call") -> Response:
        session, tenant = self._session(call)
        call.check_origin(tenant)
        check_csrf(session, call.headers)
        await self._count(call, tenant)
        if self._store is not None:
            try:
                await self._store.add(session)
            except CannotEnd as error:
                log.warning("session.cannot_end", tenant=session.tenant_id, reason=str(error))
                raise Unavailable(
                    "OVERLOADED", "The session cannot be ended just now; try again.", headers=[("Retry-After", "1")]
                ) from None
        removed = self._callers.sessions.end(session)
        return Response(status_code=204, headers={**_NO_STORE, "Set-Cookie": removed})

    async def _count(self, call: "_Call", tenant: ServedTenant) -> None:
        """Opening and ending sessions costs something; nobody does it all the time."""
        key = f"sessions\n{tenant.id}\n{network_of(call.address)}"
        await self._limiter.hit([Rate("address", key, self._per_minute, pool=f"{tenant.id}\nsessions")])

    def _session(self, call: "_Call") -> tuple[Session, ServedTenant]:
        tenant = self._callers.directories.current.tenant_of_host(call.headers.get("host", ""))
        session = self._callers.session_of(call.headers, tenant)
        if session is None:
            raise CallerError("AUTHENTICATION_REQUIRED", "There is no session; open one by POST /session.")
        call.tenant = tenant or self._callers.tenant_of(call.headers, token=None, session=session)
        return session, call.tenant


class _Call:
    """One request to the endpoint: where it comes from."""

    def __init__(self, request: Request, callers: Callers) -> None:
        self.request = request
        self.headers = decode_headers(request.scope["headers"])
        self._callers = callers
        self.tenant: ServedTenant | None = None
        """The tenant that the request turned out to concern."""
        peer = peer_of(request.scope)
        self.address = callers.proxies.client_address(peer, self.headers)
        self._scheme = callers.proxies.scheme(peer, self.headers, request.scope.get("scheme", "http"))

    @property
    def source(self) -> dict[str, Any]:
        """What the rules of origins look at."""
        return {
            "origin": self.headers.get("origin"),
            "fetch_site": self.headers.get("sec-fetch-site"),
            "scheme": self._scheme,
            "host": self.headers.get("host", ""),
        }

    def check_origin(self, tenant: ServedTenant) -> None:
        """A page that opens or ends a session must be one that may use it: else anybody could sign a visitor in."""
        tenant.origins.check_with_cookie(**self.source)

    def cors(self) -> dict[str, str]:
        """Return the headers for a page of another origin that is listed, and none for any other."""
        origin = self.headers.get("origin")
        if origin is None:
            return {}
        if self.tenant is None:
            directory = self._callers.directories.current
            self.tenant = directory.tenant_of_preflight(self.headers.get("host", ""), origin)
        if self.tenant is None or not self.tenant.origins.is_allowed(origin):
            return {}
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}


async def _token_of(request: Request, headers: dict[str, str]) -> str | None:
    """Return the user token of the body, None for an anonymous session."""
    try:
        body = await read_body(request.receive, limit=MAX_BODY_BYTES)
        data = json.loads(body or b"{}")
    except (BodyTooLarge, BodyCutOff, ValueError, RecursionError):
        body, data = b"", None
    if body and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise CallerError("INVALID_REQUEST_BODY", "The body must be JSON, with Content-Type: application/json.")
    if not isinstance(data, dict) or data.keys() - {"token"}:
        raise CallerError("INVALID_REQUEST_BODY", 'The body must be {"token": "…"}, or {} for an anonymous session.')
    token = data.get("token")
    if token is not None and not isinstance(token, str):
        raise CallerError("INVALID_REQUEST_BODY", "'token' must be a user token: a string.")
    return token


def _shown(session: Session) -> dict[str, Any]:
    return {
        "csrf_token": session.csrf_token,
        "user": session.user.as_dict() if session.user else None,
        "expires_at": session.expires_at,
    }
