"""``GET /metrics``, for whoever has the token and for nobody else."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

PATH: Final = "/metrics"
_NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Scrape = Callable[[str], Awaitable[tuple[str, bytes]]]
"""Takes what ``Accept`` says; returns content type and body."""


def metrics_route(token: str, scrape: Scrape) -> Route:
    """Return the route; it asks for ``Authorization: Bearer`` with the token (RFC 6750)."""
    expected = f"Bearer {token}".encode()

    async def metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, expected):
            headers = {"WWW-Authenticate": 'Bearer realm="metrics"', **_NO_STORE}
            return PlainTextResponse("The metrics are for who has the METRICS_TOKEN.\n", 401, headers=headers)
        content_type, body = await scrape(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": content_type, **_NO_STORE})

    return Route(PATH, metrics, methods=["GET"])
