"""The admin's own password and sessions."""

from starlette.responses import Response

from widget_service.admin.errors import AdminError
from widget_service.admin.pages.page import Page, Visit
from widget_service.control.admin_sessions import end_session, list_sessions
from widget_service.control.admins import set_admin
from widget_service.control.logins import LoginLimited, LoginRefused, confirm_password
from widget_service.identity.rights import READ


def show(visit: Visit) -> Response:
    """Show the own sessions, and the form for the password."""
    return visit.render("me.html", sessions=list_sessions(visit.context.plane, _admin(visit)))


def change_password(visit: Visit) -> Response:
    """Change the own password, which ends all other sessions."""
    name, plane = _admin(visit), visit.context.plane
    try:
        confirm_password(plane, name, visit.form.get("current", ""), address=visit.address)
    except LoginRefused:
        raise AdminError("INVALID", "The current password is another one; nothing was changed.") from None
    except LoginLimited as limited:
        raise AdminError("RATE_LIMITED", str(limited), headers=[("Retry-After", str(limited.retry_after_s))]) from None
    new = visit.form.get("new", "")
    set_admin(plane, name, actor=visit.actor, password=new, but_session=visit.principal.session_id)
    return visit.redirect(visit.link("/me", done="The password is changed; all other sessions have ended."))


def end(visit: Visit) -> Response:
    """End one of the own sessions."""
    end_session(visit.context.plane, visit.form.get("id", ""), actor=visit.actor, admin=_admin(visit))
    return visit.redirect(visit.link("/me", done="The session has ended."))


def _admin(visit: Visit) -> str:
    if visit.principal.session_id is None:
        raise AdminError("CONFLICT", "An API token has neither sessions nor a password; log in as an admin.")
    return visit.principal.name


PAGES = (
    Page(path="/me", show=show),
    Page(method="POST", path="/me/password", show=change_password, access=READ),
    Page(method="POST", path="/me/end-session", show=end, access=READ),
)
