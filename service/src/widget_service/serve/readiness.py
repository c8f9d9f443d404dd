"""``/readyz``: whether calls should be sent to this process, and what does not work meanwhile."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from widget_service.conditions import Conditions

Facts = Callable[[], dict[str, Any]]


class Readiness:
    """200 while calls can be executed, 503 from when the service is asked to stop.

    The body is ``{"status": "ok" | "degraded" | "draining", "degraded": [{"part", "since", "detail"}], …facts}``.
    """

    def __init__(self, conditions: Conditions, facts: Facts, is_draining: Callable[[], bool]) -> None:
        self._conditions, self._facts, self._is_draining = conditions, facts, is_draining

    def route(self) -> Route:
        """The route of this endpoint."""
        return Route("/readyz", self._answer)

    async def _answer(self, _: Request) -> Response:
        degraded = [each.as_dict() for each in self._conditions.degraded]
        is_draining = self._is_draining()
        status = "draining" if is_draining else "degraded" if degraded else "ok"
        body = {"status": status, **self._facts(), "degraded": degraded}
        return JSONResponse(body, 503 if is_draining else 200, headers={"Cache-Control": "no-store"})
