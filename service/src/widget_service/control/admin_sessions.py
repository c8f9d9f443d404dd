"""Sessions of admins: kept by the server, ended at once; over after an hour without use, or twelve in any case."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from widget_service.control.plane import ControlPlane
from widget_service.storage import admin_sessions
from widget_service.storage.actors import Who
from widget_service.storage.admin_sessions import AdminSession
from widget_service.storage.changes import Change
from widget_service.storage.errors import NotFound

IDLE: Final = timedelta(hours=1)
LIFETIME: Final = timedelta(hours=12)
_SEEN_EVERY: Final = timedelta(minutes=1)
_MAX_USER_AGENT = 255


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: what its cookie holds, which is kept nowhere, and who it belongs to."""

    token: str
    admin: str


def open_session(change: Change, admin: str, *, address: str, user_agent: str) -> Opened:
    """Open a session as part of the change that logs the admin in."""
    token = secrets.token_urlsafe(32)
    admin_sessions.sweep(change, idle=IDLE)
    admin_sessions.add(
        change,
        secrets.token_hex(8),
        digest=_digest(token),
        admin=admin,
        address=address,
        user_agent="".join(character for character in user_agent if character.isprintable())[:_MAX_USER_AGENT],
        expires_at=change.at + LIFETIME,
    )
    return Opened(token, admin)


def read_session(plane: ControlPlane, token: str) -> AdminSession | None:
    """Return the session of a cookie, None where it has ended or expired; that it was used is kept once a minute."""
    with plane.database.read() as read:
        session = admin_sessions.find(read, _digest(token))
    now = plane.database.now()
    if session is None or session.expires_at <= now or session.seen_at + IDLE <= now:
        return None
    if session.seen_at + _SEEN_EVERY <= now:
        with plane.database.change(actor=f"admin:{session.admin}", action="session.seen") as change:
            admin_sessions.seen(change, session.id)
    return session


def list_sessions(plane: ControlPlane, admin: str | None = None) -> list[AdminSession]:
    """Return the open sessions of an admin, or of all, the youngest first."""
    with plane.database.read() as read:
        return admin_sessions.open_sessions(read, now=plane.database.now(), idle=IDLE, admin=admin)


def end_session(plane: ControlPlane, session_id: str, *, actor: Who, admin: str | None = None) -> None:
    """End a session; raise `NotFound`, also for that of somebody else than ``admin``."""
    with plane.database.change(actor=actor, action="session.end") as change:
        listed = admin_sessions.open_sessions(change, now=change.at, idle=IDLE, admin=admin)
        found = next((session for session in listed if session.id == session_id), None)
        if found is None:
            raise NotFound("There is no such session; it may have ended.")
        admin_sessions.end(change, [session_id])
        change.note(before={"admin": found.admin, "session": session_id, "address": found.address})


def _digest(token: str) -> bytes:
    """What is kept of a random token of 256 bits: nobody can try values against it, so it needs no salt."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
