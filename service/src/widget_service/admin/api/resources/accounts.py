"""``/admins``, ``/tokens`` and ``/sessions``: who may do what, for owners."""

from datetime import timedelta

from pydantic import Field, SecretStr

from widget_service.admin.api.models import Model, Moment, Page, PageQuery
from widget_service.admin.api.paging import page_of
from widget_service.admin.api.preconditions import etag
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.control import admins, api_tokens
from widget_service.control.admin_sessions import end_session, list_sessions
from widget_service.identity.passwords import MAX_BYTES, MIN_CHARACTERS
from widget_service.identity.rights import OWNER_ALL, OWNER_READ, Scope
from widget_service.storage.admin_models import RoleName
from widget_service.storage.admin_sessions import AdminSession
from widget_service.storage.admins import Admin
from widget_service.storage.api_tokens import ApiToken
from widget_service.storage.errors import NotFound


class ShownAdmin(Model):
    """An account."""

    name: str
    role: RoleName
    has_password: bool
    subject: str | None = Field(description="What an OpenID Connect provider calls it: ISSUER SUB.")
    created_at: Moment
    last_login_at: Moment | None


class NewAdmin(Model):
    """What is to be set of an account; what is left out stays as it is."""

    role: RoleName | None = Field(None, description="A new account without one is a viewer.")
    password: SecretStr | None = Field(None, min_length=MIN_CHARACTERS, max_length=MAX_BYTES)


class ShownToken(Model):
    """An API token, without what it is."""

    name: str
    role: RoleName
    scopes: list[str]
    admin: str | None = Field(description="Who made it; it may never do more than they may.")
    created_at: Moment
    expires_at: Moment | None
    used_at: Moment | None


class NewToken(Model):
    """A token that is to be made."""

    role: RoleName = "editor"
    scopes: list[Scope] = Field(["read"], min_length=1, max_length=4)
    days: int | None = Field(90, ge=1, le=3660, description="Until it expires; null: never.")


class MadeToken(ShownToken):
    """A token that was made just now."""

    secret: str = Field(description="The token. It is kept nowhere, and told this once.")


class ShownSession(Model):
    """An open session."""

    id: str
    admin: str
    address: str
    user_agent: str
    created_at: Moment
    seen_at: Moment
    expires_at: Moment


def list_admins(call: Call) -> Reply:
    """Answer with a page of accounts."""
    found = admins.list_admins(call.context.plane)
    return Reply(page_of(found, call.query, key=lambda each: each.name, shown=_admin))


def show_admin(call: Call) -> Reply:
    """Answer with an account, and its tag."""
    found = admins.get_admin(call.context.plane, call.path["name"])
    return Reply(_admin(found), etag=_tag(found))


def put_admin(call: Call) -> Reply:
    """Make an account, or change what is given of one."""
    plane, name, body = call.context.plane, call.path["name"], call.body
    password = None if body.password is None else body.password.get_secret_value()
    but_session = call.principal.session_id if name == call.principal.name else None
    check = call.check(_tag)
    try:
        found = admins.set_admin(
            plane, name, actor=call.actor, role=body.role, password=password, but_session=but_session, check=check
        )
    except NotFound:
        check(None)
        found = admins.add_admin(plane, name, actor=call.actor, role=body.role or "viewer", password=password)
        return Reply(_admin(found), 201, _tag(found))
    return Reply(_admin(found), etag=_tag(found))


def delete_admin(call: Call) -> Reply:
    """Delete an account with its sessions and the tokens that it made."""
    admins.remove_admin(call.context.plane, call.path["name"], actor=call.actor, check=call.check(_tag))
    return Reply()


def list_tokens(call: Call) -> Reply:
    """Answer with a page of tokens."""
    found = api_tokens.list_tokens(call.context.plane)
    return Reply(page_of(found, call.query, key=lambda each: each.name, shown=_token))


def make_token(call: Call) -> Reply:
    """Make a token, and tell it this once."""
    body: NewToken = call.body
    made = api_tokens.add_token(
        call.context.plane,
        call.path["name"],
        actor=call.actor,
        role=body.role,
        scopes=body.scopes,
        lifetime=None if body.days is None else timedelta(days=body.days),
        admin=call.principal.admin,
    )
    return Reply(MadeToken(**_token(made.token).model_dump(), secret=made.secret), 201)


def delete_token(call: Call) -> Reply:
    """Delete a token, which ends its use at once."""
    api_tokens.remove_token(call.context.plane, call.path["name"], actor=call.actor)
    return Reply()


def list_all_sessions(call: Call) -> Reply:
    """Answer with a page of the open sessions of all admins."""
    found = sorted(list_sessions(call.context.plane), key=lambda session: session.id)
    return Reply(page_of(found, call.query, key=lambda session: session.id, shown=_session))


def end_any_session(call: Call) -> Reply:
    """End a session."""
    end_session(call.context.plane, call.path["id"], actor=call.actor)
    return Reply()


def _tag(admin: Admin) -> str:
    return etag(admin.updated_at.isoformat())


def _admin(admin: Admin) -> ShownAdmin:
    return ShownAdmin(
        name=admin.name,
        role=admin.role,
        has_password=admin.has_password,
        subject=admin.subject,
        created_at=admin.created_at,
        last_login_at=admin.last_login_at,
    )


def _token(token: ApiToken) -> ShownToken:
    return ShownToken(
        name=token.name,
        role=token.role,
        scopes=list(token.scopes),
        admin=token.admin,
        created_at=token.created_at,
        expires_at=token.expires_at,
        used_at=token.used_at,
    )


def _session(session: AdminSession) -> ShownSession:
    return ShownSession(
        id=session.id,
        admin=session.admin,
        address=session.address,
        user_agent=session.user_agent,
        created_at=session.created_at,
        seen_at=session.seen_at,
        expires_at=session.expires_at,
    )


ROUTES = (
    Route(
        method="GET",
        path="/admins",
        name="list_admins",
        call=list_admins,
        access=OWNER_READ,
        summary="List the admin accounts, by name.",
        query=PageQuery,
        answers=Page[ShownAdmin],
    ),
    Route(
        method="GET",
        path="/admins/{name}",
        name="show_admin",
        call=show_admin,
        access=OWNER_READ,
        summary="Show an admin account.",
        answers=ShownAdmin,
        is_conditional=True,
    ),
    Route(
        method="PUT",
        path="/admins/{name}",
        name="put_admin",
        call=put_admin,
        access=OWNER_ALL,
        summary="Make an admin account, or change what is given of one.",
        description="A new role or password ends its sessions. There is always an owner left (409).",
        body=NewAdmin,
        answers=ShownAdmin,
        is_conditional=True,
        example={"role": "editor", "password": "correct horse battery staple"},
        example_path={"name": "anna@example.com"},
    ),
    Route(
        method="DELETE",
        path="/admins/{name}",
        name="delete_admin",
        call=delete_admin,
        access=OWNER_ALL,
        summary="Delete an admin account, with its sessions and the tokens that it made.",
        is_conditional=True,
        errors=("CONFLICT",),
    ),
    Route(
        method="GET",
        path="/tokens",
        name="list_tokens",
        call=list_tokens,
        access=OWNER_READ,
        summary="List the API tokens, by name.",
        query=PageQuery,
        answers=Page[ShownToken],
    ),
    Route(
        method="POST",
        path="/tokens/{name}",
        name="make_token",
        call=make_token,
        access=OWNER_ALL,
        summary="Make an API token, and tell it this once.",
        body=NewToken,
        answers=MadeToken,
        status=201,
        example={"role": "editor", "scopes": ["read", "write"], "days": 30},
        example_path={"name": "example-deploy"},
    ),
    Route(
        method="DELETE",
        path="/tokens/{name}",
        name="delete_token",
        call=delete_token,
        access=OWNER_ALL,
        summary="Delete an API token, which ends its use at once.",
    ),
    Route(
        method="GET",
        path="/sessions",
        name="list_sessions",
        call=list_all_sessions,
        access=OWNER_READ,
        summary="List the open sessions of all admins.",
        query=PageQuery,
        answers=Page[ShownSession],
    ),
    Route(
        method="DELETE",
        path="/sessions/{id}",
        name="end_session",
        call=end_any_session,
        access=OWNER_ALL,
        summary="End an admin's session.",
    ),
)
