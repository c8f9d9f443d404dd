"""Logging in by a provider: which account it is, whether one is made, and with which role."""

from widget_service.control.admin_sessions import Opened, open_session
from widget_service.control.plane import ControlPlane
from widget_service.identity.openid import Identity, may_log_in, role_by_claim
from widget_service.storage import admin_sessions, admins
from widget_service.storage.actors import Actor
from widget_service.storage.admin_models import RoleName
from widget_service.storage.admins import Admin
from widget_service.storage.changes import Change
from widget_service.storage.errors import ChangeRefused, InvalidValue


class NotAdmitted(ChangeRefused):
    """The provider knows who it is, and this service lets nobody of that name in."""


def log_in_by_provider(plane: ControlPlane, identity: Identity, *, address: str, user_agent: str) -> Opened:
    """Return a new session; raise `NotAdmitted`.

    An account is found by the provider's subject, or by the verified e-mail address that is its name; else one is made
    where a claim or a default gives it a role. A role by claim replaces the account's own at every log-in.
    """
    settings = plane.settings
    if not may_log_in(identity, settings.oidc_allowed_emails):
        raise NotAdmitted("Your e-mail address may not log in here, or the provider has not verified it.")
    role = role_by_claim(identity, settings.oidc_role_claim, settings.oidc_roles)
    actor = Actor(f"admin:{identity.email or identity.subject}"[:510], address)
    with plane.database.change(actor=actor, action="session.open") as change:
        admin = _account(change, identity, role, settings.oidc_default_role)
        admins.update(change, admin.name, logged_in=True)
        change.note(after={"admin": admin.name, "role": admin.role, "by": identity.subject})
        return open_session(change, admin.name, address=address, user_agent=user_agent)


def _account(change: Change, identity: Identity, role: RoleName | None, default: RoleName | None) -> Admin:
    known = admins.find_subject(change, identity.subject)
    if known is None and identity.email is not None:
        named = admins.find(change, identity.email)
        if named is not None and named.subject is not None:
            raise NotAdmitted(f"The account {named.name} belongs to somebody else at the provider; ask an owner.")
        known = None if named is None else admins.set_subject(change, named.name, identity.subject)
    if known is None:
        return _new(change, identity, role or default)
    if role is not None and role != known.role:
        admin_sessions.end_all(change, known.name)
        return admins.update(change, known.name, role=role)
    return known


def _new(change: Change, identity: Identity, role: RoleName | None) -> Admin:
    if role is None:
        raise NotAdmitted("There is no account for you here; ask an owner to add one by your e-mail address.")
    if identity.email is None:
        raise NotAdmitted("The provider gave no verified e-mail address, which would name your account.")
    try:
        return admins.add(change, identity.email, role=role, subject=identity.subject)
    except InvalidValue as error:
        raise NotAdmitted(str(error)) from None
