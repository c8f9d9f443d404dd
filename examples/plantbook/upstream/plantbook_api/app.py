"""The HTTP application: ``/v1/plants``, ``/v1/plants/{id}`` and ``/v1/orders`` behind an API key."""

import asyncio
import hashlib
import hmac
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from plantbook_api.catalogue import Catalogue, in_region
from plantbook_api.orders import OrderRefused, read_order, receipt
from plantbook_api.requests import BadRequest, page_of, region_of, search_of

MAX_BODY_BYTES = 64 * 1024
FIRST_ORDER_NUMBER = 10_001

_Handler = Callable[[Request], Awaitable[Response]]


def create_app(key: str, *, delay_s: float = 0.0, on_ready: Callable[[], None] = lambda: None) -> Starlette:
    """Return the application. ``delay_s`` holds every answer back, to see how a client waits."""
    api = _Api(Catalogue.read())

    def guarded(handler: _Handler) -> _Handler:
        async def checked(request: Request) -> Response:
            if not hmac.compare_digest(request.headers.get("x-api-key", "").encode(), key.encode()):
                return _error(401, "The header X-Api-Key is missing or holds no valid key.")
            await asyncio.sleep(delay_s)
            return await handler(request)

        return checked

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        on_ready()
        yield

    return Starlette(
        routes=[
            Route("/healthz", _alive),
            Route("/v1/plants", guarded(api.plants)),
            Route("/v1/plants/{id}", guarded(api.plant)),
            Route("/v1/orders", guarded(api.order), methods=["POST"]),
        ],
        exception_handlers={HTTPException: _http_error, BadRequest: _bad_request, OrderRefused: _order_refused},
        lifespan=lifespan,
    )


class _Api:
    """The endpoints. Orders leave nothing behind but the number of the next one."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._numbers = itertools.count(FIRST_ORDER_NUMBER)

    async def plants(self, request: Request) -> Response:
        region, page = region_of(request.headers), page_of(request.query_params)
        found = self._catalogue.search(search_of(request.query_params))
        shown = [in_region(plant, region) for plant in found[page.offset : page.offset + page.limit]]
        return _cacheable(request, shown, {"X-Total-Count": str(len(found))})

    async def plant(self, request: Request) -> Response:
        region, id_ = region_of(request.headers), request.path_params["id"]
        plant = self._catalogue.get(id_)
        if plant is None:
            return _error(404, f"There is no plant with the id “{id_}”.")
        return _cacheable(request, in_region(plant, region))

    async def order(self, request: Request) -> Response:
        region, payload = region_of(request.headers), await _json_body(request)
        order = read_order(payload, self._catalogue)
        answer = receipt(order, number=next(self._numbers), region=region, today=datetime.now(UTC).date())
        return JSONResponse(answer, 201, {"Cache-Control": "no-store"})


async def _json_body(request: Request) -> Any:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413, f"An order has at most {MAX_BODY_BYTES} bytes.")
    try:
        return json.loads(body)
    except ValueError:
        raise BadRequest("The body must be JSON.") from None


def _cacheable(request: Request, content: object, headers: dict[str, str] | None = None) -> Response:
    """Return the content with a validator, or 304 to a client that has it already (RFC 9110 §13.1.2)."""
    response = JSONResponse(content, headers=headers)
    etag = f'"{hashlib.sha256(response.body).hexdigest()[:16]}"'
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "public, max-age=60, stale-while-revalidate=600"
    response.headers["Vary"] = "X-Plantbook-Region"
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if known & {etag, "*"}:
        kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        return Response(status_code=304, headers=kept)
    return response


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _error(error.status_code, error.detail, headers=error.headers)


async def _bad_request(_: Request, error: Exception) -> Response:
    return _error(400, str(error))


async def _order_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, OrderRefused)
    problems = [{"field": problem.field, "message": problem.message} for problem in error.problems]
    return _error(422, "This order cannot be taken yet.", errors=problems)


def _error(status: int, message: str, *, headers: Any = None, **more: Any) -> Response:
    return JSONResponse({"message": message, **more}, status, {**(headers or {}), "Cache-Control": "no-store"})
