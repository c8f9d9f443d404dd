"""Tokens of the REST API: shown once when they are made, kept as digests, with scopes and an end."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from widget_service.control.plane import ControlPlane
from widget_service.identity.rights import SCOPES, Principal, granted, lesser
from widget_service.storage import api_tokens
from widget_service.storage.actors import Who
from widget_service.storage.admin_models import RoleName
from widget_service.storage.api_tokens import ApiToken
from widget_service.storage.errors import InvalidValue

PREFIX: Final = "wsat_"
"""What every token begins with, so that scanners of published files can find one."""
MAX_LIFETIME: Final = timedelta(days=3660)
_USED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was made just now; ``secret`` is kept nowhere."""

    secret: str
    token: ApiToken


def add_token(
    plane: ControlPlane,
    name: str,
    *,
    actor: Who,
    role: RoleName,
    scopes: Iterable[str],
    lifetime: timedelta | None,
    admin: str | None = None,
) -> NewToken:
    """Make a token that lives for ``lifetime``, None for ever; raise `ChangeRefused`."""
    wanted = _scopes(role, scopes)
    if lifetime is not None and not timedelta(0) < lifetime <= MAX_LIFETIME:
        raise InvalidValue(f"A token lives for 1 second to {MAX_LIFETIME.days} days.")
    secret = PREFIX + secrets.token_urlsafe(32)
    with plane.database.change(actor=actor, action="token.add") as change:
        token = api_tokens.add(
            change,
            name,
            digest=_digest(secret),
            role=role,
            scopes=wanted,
            admin=admin,
            expires_at=None if lifetime is None else change.at + lifetime,
        )
        change.note(after=_told(token))
    return NewToken(secret, token)


def list_tokens(plane: ControlPlane) -> list[ApiToken]:
    """Return all tokens, by name."""
    with plane.database.read() as read:
        return api_tokens.all_tokens(read)


def remove_token(plane: ControlPlane, name: str, *, actor: Who) -> None:
    """Delete a token, which ends its use at once; raise `NotFound`."""
    with plane.database.change(actor=actor, action="token.rm") as change:
        token = api_tokens.get(change, name)
        api_tokens.remove(change, name)
        change.note(before=_told(token))


def principal_of(plane: ControlPlane, secret: str) -> Principal | None:
    """Return who uses the token, None where there is none or it has expired."""
    with plane.database.read() as read:
        token = api_tokens.find(read, _digest(secret))
    now = plane.database.now()
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        return None
    if token.used_at is None or token.used_at + _USED_EVERY <= now:
        with plane.database.change(actor=f"token:{token.name}", action="token.used") as change:
            api_tokens.used(change, token.name)
    role = lesser(token.role, token.admin_role)
    return Principal(token.name, role, granted(role, token.scopes), admin=token.admin)


def _scopes(role: RoleName, scopes: Iterable[str]) -> tuple[str, ...]:
    wanted = set(scopes)
    unknown = sorted(wanted - set(SCOPES))
    if unknown or not wanted:
        raise InvalidValue(f"{', '.join(unknown) or 'Nothing'} is no scope; there are: {', '.join(SCOPES)}.")
    beyond = sorted(wanted - granted(role, wanted))
    if beyond:
        raise InvalidValue(f"The role {role} has no scope {', '.join(beyond)}; choose a role that has it.")
    return tuple(scope for scope in SCOPES if scope in wanted)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _told(token: ApiToken) -> dict[str, object]:
    expires_at = None if token.expires_at is None else token.expires_at.isoformat()
    return {"name": token.name, "role": token.role, "scopes": list(token.scopes), "expires_at": expires_at}
