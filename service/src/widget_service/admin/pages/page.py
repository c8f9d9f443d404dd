"""A page: who may see it, and what is called for it; forms are checked before their page sees them."""

import asyncio
import hmac
import inspect
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

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
from widget_service.admin.bodies import body_of
from widget_service.admin.context import AdminContext
from widget_service.admin.errors import AdminError, told
from widget_service.admin.gate import SAFE_METHODS
from widget_service.admin.pages.rendering import render
from widget_service.admin.pages.times import moment
from widget_service.connectors.snapshot import DEFAULT_TENANT
from widget_service.control.tenants import list_tenants
from widget_service.identity.rights import OWNER_READ, READ, Access, Principal
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

    @property
    def query(self) -> Mapping[str, str]:
        """The query parameters; of a name that stands twice, the last one counts."""
        return self.request.query_params

    @property
    def tenant_id(self) -> str:
        """The tenant concerned, ``?tenant=``; `link` carries it on."""
        return self.query.get("tenant") or DEFAULT_TENANT

    def part(self, name: str) -> str:
        """Return a part of the path, by its name in the page's ``path``."""
        found: str = self.request.path_params[name]
        return found

    def link(self, path: str, **query: object) -> str:
        """Return the address of a page of ours, for the same tenant; what is None or empty is left out."""
        given = {name: str(value) for name, value in query.items() if value not in (None, "")}
        if "done" in given:
            given["by"] = self._seal(given["done"])
        if "tenant" not in query and self.tenant_id != DEFAULT_TENANT:
            given["tenant"] = self.tenant_id
        return "/admin" + quote(path) + (f"?{urlencode(given)}" if given else "")

    def render(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """Answer with a template of ``pages/templates``; beside ``values`` it knows what `_always` gives."""
        values = self._always() | values
        return Response(render(template, **values), status, media_type="text/html")

    def _seal(self, text: str) -> str:
        """Only we say what was done: whoever makes up a link must not put words into a page."""
        return urlsafe_b64encode(self.context.csrf_keys.sign(b"done:" + text.encode()))[:22].decode()

    def _done(self) -> str:
        text = self.query.get("done", "")
        given = self.query.get("by", "").encode("utf-8", "replace")
        return text if text.isprintable() and hmac.compare_digest(self._seal(text).encode(), given) else ""

    def _always(self) -> dict[str, Any]:
        credentials = self.credentials
        principal = credentials.principal if credentials else None
        is_owner = principal is not None and OWNER_READ.allows(principal)
        now = self.context.plane.database.now()
        return {
            "principal": principal,
            "scopes": principal.scopes if principal else frozenset(),
            "is_owner": is_owner,
            "csrf_token": credentials.csrf_token if credentials else "",
            "path": self.request.url.path,
            "has_provider": self.context.settings.oidc_issuer is not None,
            "tenant": self.tenant_id,
            "tenants": [each.id for each in list_tenants(self.context.plane)] if is_owner else [],
            "link": self.link,
            "moment": lambda at: moment(at, now),
            "done": self._done(),
        }

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
    body = await body_of(request.receive, limit=MAX_FORM_BYTES)
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
