"""Admin accounts: added, changed and deleted; there is always an owner left."""

from collections.abc import Callable

from widget_service.control.plane import ControlPlane
from widget_service.identity.passwords import check_password, hash_password
from widget_service.storage import admin_sessions, admins
from widget_service.storage.actors import Who
from widget_service.storage.admin_models import RoleName
from widget_service.storage.admins import Admin
from widget_service.storage.changes import Change
from widget_service.storage.errors import Conflict

Check = Callable[[Admin], None]
"""Is called inside the transaction with what is there; what it raises takes the change back."""


def any_state(_: Admin) -> None:
    """The check of who does not mind what is there."""


def add_admin(
    plane: ControlPlane,
    name: str,
    *,
    actor: Who,
    role: RoleName,
    password: str | None = None,
    subject: str | None = None,
) -> Admin:
    """Add an account; raise `ChangeRefused`."""
    admins.check_name(name)
    hashed = None
    if password is not None:
        check_password(password, name)
        hashed = hash_password(password)
    with plane.database.change(actor=actor, action="admin.add") as change:
        admin = admins.add(change, name, role=role, password_hash=hashed, subject=subject)
        change.note(after=_told(admin))
    return admin


def list_admins(plane: ControlPlane) -> list[Admin]:
    """Return all accounts, by name."""
    with plane.database.read() as read:
        return admins.all_admins(read)


def get_admin(plane: ControlPlane, name: str) -> Admin:
    """Return the account; raise `NotFound`."""
    with plane.database.read() as read:
        return admins.get(read, name)


def set_admin(
    plane: ControlPlane,
    name: str,
    *,
    actor: Who,
    role: RoleName | None = None,
    password: str | None = None,
    but_session: str | None = None,
    check: Check = any_state,
) -> Admin:
    """Replace what is given. A new password or role ends the sessions, except ``but_session``.

    Raises `ChangeRefused`, also where no owner would be left.
    """
    hashed = None
    if password is not None:
        check_password(password, name)
        hashed = hash_password(password)
    with plane.database.change(actor=actor, action="admin.set") as change:
        before = admins.get(change, name)
        check(before)
        if role is not None and role != "owner":
            _keep_an_owner(change, before)
        after = admins.update(change, name, role=role, password_hash=hashed)
        if password is not None or after.role != before.role:
            admin_sessions.end_all(change, name, but=but_session)
        change.note(before=_told(before), after=_told(after) | ({"password": "changed"} if password else {}))
    return after


def remove_admin(plane: ControlPlane, name: str, *, actor: Who, check: Check = any_state) -> None:
    """Delete an account, with its sessions and the tokens that it made; raise `ChangeRefused`."""
    with plane.database.change(actor=actor, action="admin.rm") as change:
        admin = admins.get(change, name)
        check(admin)
        _keep_an_owner(change, admin)
        admins.delete(change, name)
        change.note(before=_told(admin))


def _keep_an_owner(change: Change, admin: Admin) -> None:
    if admin.role == "owner" and admins.count_owners(change) == 1:
        raise Conflict(f"{admin.name} is the only owner; make somebody else one first.")


def _told(admin: Admin) -> dict[str, object]:
    return {"name": admin.name, "role": admin.role, "subject": admin.subject, "has_password": admin.has_password}
