"""``/me``: who makes the request, their sessions, and their password."""

from pydantic import Field, SecretStr

from widget_service.admin.api.models import Model, Moment, Page, PageQuery
from widget_service.admin.api.paging import page_of
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.admin.errors import AdminError
from widget_service.connectors.problems import Problem
from widget_service.control.admin_sessions import end_session, list_sessions
from widget_service.control.admins import set_admin
from widget_service.control.logins import LoginLimited, LoginRefused, confirm_password
from widget_service.identity.passwords import MAX_BYTES, MIN_CHARACTERS
from widget_service.identity.rights import READ
from widget_service.storage.admin_models import RoleName
from widget_service.storage.admin_sessions import AdminSession


class Me(Model):
    """Who makes the request: an admin by a session, or a program by a token."""

    name: str
    role: RoleName
    scopes: list[str]
    is_token: bool


class OwnSession(Model):
    """A session of the admin."""

    id: str
    address: str
    user_agent: str
    created_at: Moment
    seen_at: Moment
    expires_at: Moment
    is_current: bool = Field(description="Whether it is the one that makes this request.")


class NewPassword(Model):
    """A change of the own password."""

    current: SecretStr = Field(max_length=MAX_BYTES)
    new: SecretStr = Field(min_length=MIN_CHARACTERS, max_length=MAX_BYTES)


def show_me(call: Call) -> Reply:
    """Answer with who makes the request."""
    who = call.principal
    return Reply(Me(name=who.name, role=who.role, scopes=sorted(who.scopes), is_token=who.session_id is None))


def list_own_sessions(call: Call) -> Reply:
    """Answer with the open sessions of the admin, by id."""
    found = sorted(list_sessions(call.context.plane, _admin(call)), key=lambda session: session.id)
    return Reply(page_of(found, call.query, key=lambda session: session.id, shown=lambda each: _shown(call, each)))


def end_own_session(call: Call) -> Reply:
    """End a session of the admin."""
    end_session(call.context.plane, call.path["id"], actor=call.actor, admin=_admin(call))
    return Reply()


def set_own_password(call: Call) -> Reply:
    """Change the password, which ends all other sessions of the admin."""
    name = _admin(call)
    try:
        current = call.body.current.get_secret_value()
        confirm_password(call.context.plane, name, current, address=call.actor.address)
    except LoginRefused:
        wrong = Problem(path="$.current", code="wrong", message="is not the password", expected="the one until now")
        raise AdminError("INVALID", "The password was not changed.", problems=[wrong]) from None
    except LoginLimited as limited:
        raise AdminError("RATE_LIMITED", str(limited), headers=[("Retry-After", str(limited.retry_after_s))]) from None
    new = call.body.new.get_secret_value()
    set_admin(call.context.plane, name, actor=call.actor, password=new, but_session=call.principal.session_id)
    return Reply()


def _admin(call: Call) -> str:
    if call.principal.session_id is None:
        raise AdminError("CONFLICT", "An API token has neither sessions nor a password; log in as an admin.")
    return call.principal.name


def _shown(call: Call, session: AdminSession) -> OwnSession:
    return OwnSession(
        id=session.id,
        address=session.address,
        user_agent=session.user_agent,
        created_at=session.created_at,
        seen_at=session.seen_at,
        expires_at=session.expires_at,
        is_current=session.id == call.principal.session_id,
    )


ROUTES = (
    Route(
        method="GET",
        path="/me",
        name="show_me",
        call=show_me,
        access=READ,
        summary="Say who makes the request, and what they may.",
        answers=Me,
    ),
    Route(
        method="GET",
        path="/me/sessions",
        name="list_own_sessions",
        call=list_own_sessions,
        access=READ,
        summary="List the admin's own open sessions.",
        query=PageQuery,
        answers=Page[OwnSession],
        errors=("CONFLICT",),
    ),
    Route(
        method="DELETE",
        path="/me/sessions/{id}",
        name="end_own_session",
        call=end_own_session,
        access=READ,
        summary="End one of the admin's own sessions.",
        errors=("CONFLICT",),
    ),
    Route(
        method="PUT",
        path="/me/password",
        name="set_own_password",
        call=set_own_password,
        access=READ,
        summary="Change the admin's own password.",
        description="The current one must be given. All other sessions of the admin end.",
        body=NewPassword,
        errors=("RATE_LIMITED",),
    ),
)
