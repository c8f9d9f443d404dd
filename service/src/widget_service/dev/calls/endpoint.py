"""``/live/calls`` and ``/live/faults``: what the console of the host page asks."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from widget_service.dev.calls.log import CallLog
from widget_service.dev.offline.faults import Fault, Faults
from widget_service.errors import CallerError
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.sessions import InvalidSession, Sessions

_NO_STORE = {"Cache-Control": "no-store"}


class ConsoleEndpoint:
    """Answers the pages of this service alone; what changes something needs the page's CSRF token."""

    def __init__(
        self,
        calls: CallLog,
        faults: Faults,
        *,
        sessions: Sessions,
        origins: OriginPolicy,
        permalinks: Callable[[], list[str]],
    ) -> None:
        self._calls, self._faults, self._permalinks = calls, faults, permalinks
        self._sessions, self._origins = sessions, origins

    def routes(self) -> list[Route]:
        """The routes, none of which can be the name of a widget."""
        return [
            Route("/live/calls", self._list, methods=["GET"]),
            Route("/live/calls", self._clear, methods=["DELETE"]),
            Route("/live/calls/{number:int}", self._show),
            Route("/live/faults/{permalink}", self._set_fault, methods=["PUT"]),
        ]

    async def _list(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        calls = self._calls.summaries(int(after) if after.isdecimal() else 0)
        connectors = self._permalinks()
        return self._answer(request, {"calls": calls, "faults": self._faults.as_dict(), "connectors": connectors})

    async def _show(self, request: Request) -> Response:
        call = self._calls.find(request.path_params["number"])
        return self._answer(request, call, 200 if call else 404)

    async def _clear(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is None:
            self._calls.clear()
        return refusal or Response(status_code=204, headers=_NO_STORE)

    async def _set_fault(self, request: Request) -> Response:
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        text = request.query_params.get("fault", "")
        if text and text not in {fault.value for fault in Fault}:
            return _error(400, f"There is no such fault; one of {', '.join(fault.value for fault in Fault)}.")
        self._faults.set(request.path_params["permalink"], Fault(text) if text else None)
        return Response(status_code=204, headers=_NO_STORE)

    def _answer(self, request: Request, value: Any, status: int = 200) -> Response:
        return self._foreign(request) or JSONResponse(value, status, headers=_NO_STORE)

    def _foreign(self, request: Request) -> Response | None:
        """Refuse other sites, which must not read what widgets do here."""
        headers, host = request.headers, request.headers.get("host", "")
        try:
            self._origins.check_host(host)
            self._origins.check_without_cookie(
                origin=headers.get("origin"),
                fetch_site=headers.get("sec-fetch-site"),
                scheme=request.url.scheme,
                host=host,
            )
        except CallerError as error:
            return _error(error.status, error.detail)
        return None

    def _refusal(self, request: Request) -> Response | None:
        foreign = self._foreign(request)
        if foreign is not None:
            return foreign
        try:
            session = self._sessions.read("; ".join(request.headers.getlist("cookie")))
        except InvalidSession:
            session = None
        if session is None or not session.csrf_token_matches(request.headers.get("x-csrf-token", "")):
            return _error(403, "The page is not of this session any more; reload it.")
        return None


def _error(status: int, detail: str) -> Response:
    return JSONResponse({"detail": detail}, status, headers=_NO_STORE)
