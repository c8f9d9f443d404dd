"""``/session``: a caller's cookie session and its CSRF token, for pages that are not rendered by the service."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from widget_service.envelope import error_body, error_headers, request_id_of
from widget_service.errors import CallerError, ServiceError
from widget_service.http import BodyTooLarge, decode_headers, read_body
from widget_service.identity.callers import Callers, check_csrf
from widget_service.identity.sessions import Session
from widget_service.identity.users import User

MAX_BODY_BYTES = 16 * 1024
_NO_STORE = {"Cache-Control": "no-store"}


class SessionEndpoint:
    """Opens, shows and ends cookie sessions."""

    def __init__(self, callers: Callers) -> None:
        self._callers = callers

    def routes(self) -> list[Route]:
        """The routes of this endpoint."""
        return [Route("/session", self._handle, methods=["GET", "POST", "DELETE"])]

    async def _handle(self, request: Request) -> Response:
        headers = decode_headers(request.scope["headers"])
        try:
            self._callers.origins.check_host(headers.get("host", ""))
            match request.method:
                case "POST":
                    return await self._open(request, headers)
                case "DELETE":
                    return self._end(request, headers)
                case _:
                    return self._show(headers)
        except ServiceError as error:
            body = error_body(error, request_id_of(headers.get("x-request-id")))
            return Response(body, error.status, headers=dict(error_headers(error)))

    async def _open(self, request: Request, headers: dict[str, str]) -> Response:
        self._callers.origins.check_with_cookie(
            origin=headers.get("origin"),
            fetch_site=headers.get("sec-fetch-site"),
            scheme=request.url.scheme,
            host=headers.get("host", ""),
        )
        opened = self._callers.sessions.open(await self._user_of(request))
        return JSONResponse(_shown(opened.session), headers={**_NO_STORE, "Set-Cookie": opened.set_cookie})

    async def _user_of(self, request: Request) -> User | None:
        try:
            body = await read_body(request.receive, limit=MAX_BODY_BYTES)
            data = json.loads(body or b"{}")
        except (BodyTooLarge, ValueError, RecursionError):
            data = None
        if not isinstance(data, dict) or data.keys() - {"token"}:
            raise CallerError(
                "INVALID_REQUEST_BODY", 'The body must be {"token": "…"}, or {} for an anonymous session.'
            )
        token = data.get("token")
        if token is None:
            return None
        if not isinstance(token, str):
            raise CallerError("INVALID_REQUEST_BODY", "'token' must be a user token: a string.")
        return self._callers.user_of_token(token)

    def _show(self, headers: dict[str, str]) -> Response:
        return JSONResponse(_shown(self._session(headers)), headers=_NO_STORE)

    def _end(self, request: Request, headers: dict[str, str]) -> Response:
        session = self._session(headers)
        self._callers.origins.check_with_cookie(
            origin=headers.get("origin"),
            fetch_site=headers.get("sec-fetch-site"),
            scheme=request.url.scheme,
            host=headers.get("host", ""),
        )
        check_csrf(session, headers)
        return Response(status_code=204, headers={**_NO_STORE, "Set-Cookie": self._callers.sessions.end(session)})

    def _session(self, headers: dict[str, str]) -> Session:
        session = self._callers.session_of(headers)
        if session is None:
            raise CallerError("AUTHENTICATION_REQUIRED", "There is no session; open one by POST /session.")
        return session


def _shown(session: Session) -> dict[str, Any]:
    return {
        "csrf_token": session.csrf_token,
        "user": session.user.as_dict() if session.user else None,
        "expires_at": session.expires_at,
    }
