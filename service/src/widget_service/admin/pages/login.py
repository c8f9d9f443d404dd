"""Logging in and out."""

from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs

from starlette.responses import Response

from widget_service.admin.context import AdminContext
from widget_service.admin.errors import AdminError
from widget_service.admin.pages.page import LOGIN, Page, Visit
from widget_service.control.admin_sessions import LIFETIME, Opened, end_session
from widget_service.control.logins import LoginLimited, LoginRefused, log_in
from widget_service.identity.rights import READ

_GONE: Final = timedelta(0)


def show(visit: Visit) -> Response:
    """Show the form, or go on where somebody is logged in."""
    following = next_page(visit)
    if visit.credentials is not None:
        return visit.redirect(following)
    return visit.render("login.html", next=following, name="", refusal="")


def submit(visit: Visit) -> Response:
    """Log in: a new session, whatever cookie the browser has sent."""
    if "origin" not in visit.headers and "sec-fetch-site" not in visit.headers:
        # Log-in CSRF: another page must not be able to log somebody in. Every browser says where a form comes from.
        raise AdminError("ORIGIN_NOT_ALLOWED", "Log in from the page itself; programs use an API token.")
    name, following = visit.form.get("name", ""), next_page(visit)
    try:
        opened = log_in(
            visit.context.plane,
            name,
            visit.form.get("password", ""),
            address=visit.address,
            user_agent=visit.headers.get("user-agent", ""),
        )
    except LoginRefused as refused:
        return visit.render("login.html", status=401, next=following, name=name, refusal=str(refused))
    except LoginLimited as limited:
        response = visit.render("login.html", status=429, next=following, name=name, refusal=str(limited))
        response.headers["Retry-After"] = str(limited.retry_after_s)
        return response
    return logged_in(visit, opened, following)


def log_out(visit: Visit) -> Response:
    """End the session, for whoever else has its cookie too."""
    session_id = visit.principal.session_id
    if session_id is not None:
        end_session(visit.context.plane, session_id, actor=visit.actor)
    response = visit.redirect(LOGIN)
    response.headers["Set-Cookie"] = session_cookie(visit.context, "", _GONE)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def logged_in(visit: Visit, opened: Opened, following: str) -> Response:
    """Answer with the cookie of a new session."""
    response = visit.redirect(following)
    response.headers["Set-Cookie"] = session_cookie(visit.context, opened.token)
    return response


def session_cookie(context: AdminContext, token: str, lifetime: timedelta = LIFETIME) -> str:
    """Return the ``Set-Cookie`` value of a session: neither scripts nor other hosts' and sites' pages have it."""
    secure = "; Secure" if context.settings.session_cookie_secure else ""
    max_age_s = int(lifetime.total_seconds())
    return f"{context.cookie_name}={token}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}"


def next_page(visit: Visit) -> str:
    """Return the page to go on with: one of ours, whatever the address says."""
    given = visit.form.get("next") or parse_qs(visit.request.url.query).get("next", [""])[0]
    is_own = given.startswith("/admin/") and given.isprintable()  # what begins so has neither scheme nor host
    return given if is_own and "\\" not in given and not given.startswith(LOGIN) else "/admin/"


PAGES = (
    Page(path="/login", show=show, access=None),
    Page(method="POST", path="/login", show=submit, access=None),
    Page(method="POST", path="/logout", show=log_out, access=READ),
)
