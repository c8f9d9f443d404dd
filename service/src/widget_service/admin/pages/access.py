"""Who may do what: accounts, API tokens, sessions and tenants, for owners."""

from datetime import timedelta
from typing import Final

from starlette.responses import Response

from widget_service.admin.errors import AdminError
from widget_service.admin.pages.numbers import whole_number
from widget_service.admin.pages.page import Page, Visit
from widget_service.control import tenants
from widget_service.control.admin_sessions import end_session, list_sessions
from widget_service.control.admins import add_admin, list_admins, remove_admin, set_admin
from widget_service.control.api_tokens import add_token, list_tokens, remove_token
from widget_service.identity.passwords import new_password
from widget_service.identity.rights import OWNER_ALL, OWNER_READ, ROLES, SCOPES
from widget_service.storage.admin_models import RoleName

_MAX_DAYS: Final = 3660


def show(visit: Visit) -> Response:
    """Show all of it."""
    return _shown(visit)


def make_admin(visit: Visit) -> Response:
    """Add an account, and show the password that was made for it, this once."""
    name, password = visit.form.get("name", "").strip().lower(), new_password()
    add_admin(visit.context.plane, name, actor=visit.actor, role=_role(visit), password=password)
    return _shown(visit, f"The password of {name}, shown this once", password)


def change_admin(visit: Visit) -> Response:
    """Give an account another role, or a new password, which ends its sessions."""
    name, plane = visit.form.get("name", ""), visit.context.plane
    if visit.form.get("what") == "password":
        password = new_password()
        set_admin(plane, name, actor=visit.actor, password=password, but_session=visit.principal.session_id)
        return _shown(visit, f"The new password of {name}, shown this once", password)
    set_admin(plane, name, actor=visit.actor, role=_role(visit))
    return visit.redirect(visit.link("/access", done=f"{name} is {visit.form.get('role')} now."))


def delete_admin(visit: Visit) -> Response:
    """Delete an account with its sessions and tokens."""
    name = visit.form.get("name", "")
    remove_admin(visit.context.plane, name, actor=visit.actor)
    return visit.redirect(visit.link("/access", done=f"{name} is deleted."))


def make_token(visit: Visit) -> Response:
    """Make a token, and show it this once."""
    days = visit.form.get("days", "").strip()
    lifetime = timedelta(days=whole_number(days, "The days of a token", most=_MAX_DAYS)) if days else None
    made = add_token(
        visit.context.plane,
        visit.form.get("name", "").strip(),
        actor=visit.actor,
        role=_role(visit),
        scopes=[scope for scope in SCOPES if visit.form.get(f"scope_{scope}")],
        lifetime=lifetime,
        admin=visit.principal.admin,
    )
    return _shown(visit, f"The token {made.token.name}, shown this once", made.secret)


def delete_token(visit: Visit) -> Response:
    """Delete a token, which ends its use at once."""
    name = visit.form.get("name", "")
    remove_token(visit.context.plane, name, actor=visit.actor)
    return visit.redirect(visit.link("/access", done=f"The token {name} is deleted."))


def end(visit: Visit) -> Response:
    """End a session of anybody."""
    end_session(visit.context.plane, visit.form.get("id", ""), actor=visit.actor)
    return visit.redirect(visit.link("/access", done="The session has ended."))


def _role(visit: Visit) -> RoleName:
    role = visit.form.get("role", "")
    if role not in ROLES:
        raise AdminError("INVALID", f"A role is one of {', '.join(ROLES)}.")
    return role


def _shown(visit: Visit, told: str = "", once: str = "") -> Response:
    plane = visit.context.plane
    return visit.render(
        "access.html",
        told=told,
        once=once,
        admins=list_admins(plane),
        tokens=list_tokens(plane),
        sessions=list_sessions(plane),
        all_tenants=tenants.list_tenants(plane),
        roles=ROLES,
        all_scopes=SCOPES,
        now=plane.database.now(),
    )


PAGES = (
    Page(path="/access", show=show, access=OWNER_READ),
    Page(method="POST", path="/access/add-admin", show=make_admin, access=OWNER_ALL),
    Page(method="POST", path="/access/set-admin", show=change_admin, access=OWNER_ALL),
    Page(method="POST", path="/access/delete-admin", show=delete_admin, access=OWNER_ALL),
    Page(method="POST", path="/access/add-token", show=make_token, access=OWNER_ALL),
    Page(method="POST", path="/access/delete-token", show=delete_token, access=OWNER_ALL),
    Page(method="POST", path="/access/end-session", show=end, access=OWNER_ALL),
)
