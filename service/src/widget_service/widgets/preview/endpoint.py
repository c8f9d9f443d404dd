"""``/preview/``: the page of all widgets, that of one, and the switch of its user."""

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from widget_service.connectors.problems import Problem
from widget_service.errors import CallerError
from widget_service.http import BodyTooLarge, read_body
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.sessions import InvalidSession, Session, Sessions
from widget_service.identity.users import User
from widget_service.widgets.change_feed import ChangeFeed
from widget_service.widgets.hosting.headers import GUARDING_HEADERS, content_security_policy
from widget_service.widgets.preview.page import PreviewPage
from widget_service.widgets.preview.page_parts import page_parts
from widget_service.widgets.preview.view import View
from widget_service.widgets.repository import ExtensionRepository

PREVIEW_URL = "/preview/"
_MAX_FORM_BYTES = 16 * 1024


class PreviewEndpoint:
    """Renders the host page for the session of its visitor, and opens one where there is none."""

    users: tuple[User, ...] = ()
    connector_problems: tuple[Problem, ...] = ()

    def __init__(
        self,
        *,
        name: str,
        extensions: ExtensionRepository,
        feed: ChangeFeed,
        sessions: Sessions,
        origins: OriginPolicy,
        has_console: bool = False,
    ) -> None:
        self._name, self._has_console = name, has_console
        self._extensions = extensions
        self._feed = feed
        self._sessions = sessions
        self._origins = origins

    def routes(self) -> list[Route]:
        """The routes of the host page."""
        return [
            Route(f"{PREVIEW_URL}user", self._switch_user, methods=["POST"]),
            Route(f"{PREVIEW_URL}{{type:path}}", self._show),
        ]

    async def _show(self, request: Request) -> Response:
        try:
            self._origins.check_host(request.headers.get("host", ""))
        except CallerError as error:
            return PlainTextResponse(f"{error.detail}\n", error.status)
        type_: str = request.path_params["type"]
        session = self._session(request)
        opened = self._sessions.open(None) if session is None else None
        page = self._page(type_, session or opened.session, _view(request))  # type: ignore[union-attr]
        known = not type_ or type_ in self._extensions.state.widgets
        headers = {
            **GUARDING_HEADERS,
            "Content-Security-Policy": content_security_policy(page.parts.script_hosts, page.parts.style_hosts),
            "Cache-Control": "no-store",
        }
        if opened is not None:
            headers["Set-Cookie"] = opened.set_cookie
        return HTMLResponse(page.render(), 200 if known else 404, headers=headers)

    def _page(self, type_: str, session: Session, view: View) -> PreviewPage:
        context = replace(view.context, is_authenticated=session.user is not None)
        return PreviewPage(
            name=self._name,
            state=self._extensions.state,
            selected=type_,
            parts=page_parts(self._extensions.state, context),
            session=session,
            users=self.users,
            connector_problems=self.connector_problems,
            position=self._feed.position,
            view=view,
            has_console=self._has_console,
        )

    async def _switch_user(self, request: Request) -> Response:
        try:
            form = parse_qs((await read_body(request.receive, limit=_MAX_FORM_BYTES)).decode("utf-8", "replace"))
        except BodyTooLarge:
            return _refused(413, "This form is larger than any that the page has.")
        values = {name: texts[0] for name, texts in form.items()}
        refused = self._refusal(request, values.get("csrf_token", ""))
        if refused is not None:
            return refused
        user_id = values.get("user", "")
        user = next((user for user in self.users if user.id == user_id), None)
        if user is None and user_id:
            return _refused(400, "There is no such test user any more; reload the page.")
        return _back(values.get("return_to", ""), self._sessions.open(user).set_cookie)

    def _refusal(self, request: Request, csrf_token: str) -> Response | None:
        host = request.headers.get("host", "")
        try:
            self._origins.check_host(host)
            self._origins.check_with_cookie(
                origin=request.headers.get("origin"),
                fetch_site=request.headers.get("sec-fetch-site"),
                scheme=request.url.scheme,
                host=host,
            )
        except CallerError as error:
            return _refused(error.status, error.detail)
        session = self._session(request)
        if session is None or not session.csrf_token_matches(csrf_token):
            return _refused(403, "The form is not one of this session; reload the page.")
        return None

    def _session(self, request: Request) -> Session | None:
        """Return the visitor's session; one that has ended is as none: the page opens another."""
        try:
            return self._sessions.read("; ".join(request.headers.getlist("cookie")))
        except InvalidSession:
            return None


def _view(request: Request) -> View:
    """Return the look that the URL asks for. A link of another site sets no props: widgets trust those."""
    view = View.of(request.query_params)
    is_foreign = request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    return replace(view, configs=({},) * view.instances) if is_foreign else view


def _back(path: str, set_cookie: str) -> Response:
    """Return to a path of the host page, to nowhere else."""
    is_own = path.startswith(PREVIEW_URL) and not _has_control_characters(path)
    headers = {"Set-Cookie": set_cookie, "Cache-Control": "no-store"}
    return RedirectResponse(path if is_own else PREVIEW_URL, 303, headers=headers)


def _has_control_characters(text: Iterable[str]) -> bool:
    return any(character < " " or character == "\x7f" for character in text)


def _refused(status: int, message: str) -> Response:
    return PlainTextResponse(f"{message}\n", status, headers={"Cache-Control": "no-store"})
