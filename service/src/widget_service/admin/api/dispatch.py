"""From a request to the function of its route and back: who asks, what they send, what is answered."""

import asyncio
import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as PathRoute

from widget_service.admin.api.models import Query
from widget_service.admin.api.preconditions import Precondition
from widget_service.admin.api.reading import checked, read_json, read_query
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.admin.authentication import CSRF_HEADER, Credentials, actor_of, address_of, authenticate, required
from widget_service.admin.context import AdminContext
from widget_service.admin.errors import AdminError
from widget_service.control.tenants import get_tenant

PREFIX = "/api/v1"


def api_routes(context: AdminContext, table: Iterable[Route]) -> list[BaseRoute]:
    """Return the table as what a router takes: one entry for each path, which knows its methods."""
    by_path: dict[str, dict[str, Route]] = {}
    for route in table:
        by_path.setdefault(route.path, {})[route.method] = route
    return [
        # A path without parameters comes first: /connectors/test is no connector.
        PathRoute(PREFIX + path, _Operations(context, by_path[path]))
        for path in sorted(by_path, key=lambda path: ["{" in part for part in path.split("/")])
    ]


class _Operations:
    """What can be done with one path. A class, so that Starlette leaves the methods to it."""

    def __init__(self, context: AdminContext, routes: Mapping[str, Route]) -> None:
        self._context, self._routes = context, routes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        route = self._routes.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            allowed = ", ".join(sorted({*self._routes, *(["HEAD"] if "GET" in self._routes else [])}))
            raise AdminError("METHOD_NOT_ALLOWED", f"This path takes {allowed}.", headers=[("Allow", allowed)])
        headers: dict[str, str] = request.state.headers
        credentials = required(await asyncio.to_thread(authenticate, self._context, headers))
        check_access(credentials, route, request.method, headers)
        call = await self._call(request, route, credentials)
        return _response(await _carried_out(route, call), call)

    async def _call(self, request: Request, route: Route, credentials: Credentials) -> Call:
        headers: dict[str, str] = request.state.headers
        query = read_query(request.scope["query_string"], route.query)
        if route.query is not Query or "tenant" in query.model_fields_set:
            await asyncio.to_thread(get_tenant, self._context.plane, query.tenant)
        body = None
        if route.body is not None:
            limit = self._context.settings.max_request_bytes
            body = checked(await read_json(request.receive, headers.get("content-type", ""), limit), route.body)
        return Call(
            context=self._context,
            principal=credentials.principal,
            actor=actor_of(credentials.principal, address_of(self._context, request)),
            path=request.path_params,
            query=query,
            body=body,
            headers=headers,
            precondition=Precondition.of(headers),
            request_id=request.state.request_id,
        )


def check_access(credentials: Credentials, route: Route, method: str, headers: Mapping[str, str]) -> None:
    """Raise `AdminError` unless the route may be used so: the CSRF token first, then scopes and role."""
    credentials.check_csrf(method, headers.get(CSRF_HEADER))
    if not route.access.allows(credentials.principal):
        principal = credentials.principal
        raise AdminError("ACCESS_DENIED", f"This needs {route.access}; {principal.actor_name} does not have it.")


async def _carried_out(route: Route, call: Call) -> Reply:
    if inspect.iscoroutinefunction(route.call):
        reply: Reply = await route.call(call)
        return reply
    return await asyncio.to_thread(route.call, call)  # type: ignore[arg-type]  # the other kind was just told apart


def _response(reply: Reply, call: Call) -> Response:
    headers = dict(reply.headers)
    if reply.etag is not None:
        headers["ETag"] = reply.etag
        if reply.status == 200 and call.precondition.if_match is None and call.precondition.is_unchanged(reply.etag):
            return Response(status_code=304, headers=headers)
    if reply.value is None:
        return Response(status_code=204 if reply.status == 200 else reply.status, headers=headers)
    return Response(_json(reply.value), reply.status, headers, media_type="application/json")


def _json(value: BaseModel | Mapping[str, Any]) -> bytes:
    return orjson.dumps(value.model_dump(mode="json") if isinstance(value, BaseModel) else dict(value))
