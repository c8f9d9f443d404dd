"""A page: who may see it, and what is called for it; forms are checked before their page sees them."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from widget_service.admin.authentication import (
    CSRF_HEADER,
    Credentials,
    actor_of,
    address_of,
    authenticate,
    required,
)
from widget_service.admin.context import AdminContext
from widget_service.admin.errors import AdminError, told
from widget_service.admin.gate import SAFE_METHODS
from widget_service.admin.pages.rendering import render
from widget_service.http import BodyTooLarge, read_body
from widget_service.identity.rights import READ, Access, Principal
from widget_service.storage.actors import Actor

LOGIN = "/admin/login"
CSRF_FIELD = "csrf_token"
MAX_FORM_BYTES = 2 * 1024 * 1024
_BODIES = frozenset({"POST"})


@dataclass(frozen=True, slots=True)
class Visit:
    """One request to a page: who makes it, None where nobody is logged in, and the form that was sent."""

    context: AdminContext
    request: Request
    credentials: Credentials | None
    address: str
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def principal(self) -> Principal:
        """Who makes the request; only for pages that ask for a log-in."""
        return required(self.credentials).principal

    @property
    def actor(self) -> Actor:
        """The same as the one who makes changes."""
        return actor_of(self.principal, self.address)

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's headers by lowercase name."""
        headers: dict[str, str] = self.request.state.headers
        return headers

    def render(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Answer with a template of ``pages/templates``; it knows ``principal`` and ``csrf_token`` too."""
        credentials = self.credentials
        values |= {
            "principal": credentials.principal if credentials else None,
            "csrf_token": credentials.csrf_token if credentials else "",
            "path": self.request.url.path,
            "has_provider": self.context.settings.oidc_issuer is not None,
        }
        return Response(render(template, **values), status, media_type="text/html")

    def redirect(self, path: str) -> Response:
        """Answer with another page, to be fetched by GET; htmx is told in its own way."""
        if self.headers.get("hx-request") == "true":
            return Response(status_code=204, headers={"HX-Redirect": path})
        return RedirectResponse(path, 303)


PageFunction = Callable[[Visit], Response] | Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page or the target of a form. ``path`` is below ``/admin``; ``access`` None admits who is not logged in.

    ``show`` runs in a thread, unless it is a coroutine function.
    """

    method: str = "GET"
    path: str
    show: PageFunction
    access: Access | None = READ


def page_routes(context: AdminContext, pages: Iterable[Page]) -> list[BaseRoute]:
    """Return the pages as what a router takes."""
    by_path: dict[str, dict[str, Page]] = {}
    for page in pages:
        by_path.setdefault(page.path, {})[page.method] = page
    ordered = sorted(by_path, key=lambda path: ["{" in part for part in path.split("/")])
    return [Route("/admin" + path, _Methods(context, by_path[path])) for path in ordered]


class _Methods:
    """What can be done with one path."""

    def __init__(self, context: AdminContext, pages: Mapping[str, Page]) -> None:
        self._context, self._pages = context, pages

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        page = self._pages.get("GET" if request.method == "HEAD" else request.method)
        if page is None:
            raise AdminError(
                "METHOD_NOT_ALLOWED", "This page takes other methods.", headers=[("Allow", ", ".join(self._pages))]
            )
        headers: dict[str, str] = request.state.headers
        credentials = await asyncio.to_thread(authenticate, self._context, headers)
        visit = Visit(self._context, request, credentials, address_of(self._context, request))
        try:
            if credentials is None and page.access is not None:
                return _to_login(visit)
            form = await _form(request) if request.method in _BODIES else {}
            visit = Visit(self._context, request, credentials, visit.address, form)
            _check(page, visit)
            return await _shown(page, visit)
        except Exception as error:
            answer = told(error)
            if answer is None:
                raise
            return _error_page(visit, answer)


def _check(page: Page, visit: Visit) -> None:
    if page.access is None:
        return
    if visit.credentials is not None:
        visit.credentials.check_csrf(visit.request.method, visit.headers.get(CSRF_HEADER, visit.form.get(CSRF_FIELD)))
    if not page.access.allows(visit.principal):
        raise AdminError("ACCESS_DENIED", f"This needs {page.access}; {visit.principal.actor_name} does not have it.")


async def _shown(page: Page, visit: Visit) -> Response:
    if inspect.iscoroutinefunction(page.show):
        response: Response = await page.show(visit)
        return response
    return await asyncio.to_thread(page.show, visit)  # type: ignore[arg-type]  # the other kind was just told apart


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form; of a name that stands twice, the last one counts."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        body = await read_body(request.receive, limit=MAX_FORM_BYTES)
    except BodyTooLarge:
        raise AdminError("REQUEST_TOO_LARGE", f"The form is larger than {MAX_FORM_BYTES} bytes.") from None
    if body and content_type != "application/x-www-form-urlencoded":
        raise AdminError("UNSUPPORTED_MEDIA_TYPE", "A form must be sent as application/x-www-form-urlencoded.")
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=1000, errors="strict"))
    except ValueError:
        raise AdminError("INVALID_REQUEST", "The form cannot be read.") from None


def _to_login(visit: Visit) -> Response:
    if visit.request.method not in SAFE_METHODS:
        raise AdminError("AUTHENTICATION_REQUIRED", "The session has ended; log in again.")
    path = visit.request.url.path
    query = f"?{visit.request.url.query}" if visit.request.url.query else ""
    return visit.redirect(f"{LOGIN}?next={quote(path + query, safe='')}")


def _error_page(visit: Visit, error: AdminError) -> Response:
    response = visit.render("error.html", status=error.status, error=error, request_id=visit.request.state.request_id)
    for name, value in error.headers:
        response.headers[name] = value
    return response
