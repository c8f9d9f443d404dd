"""Logging in by a password: counted before it is tried, and the same answer in the same time whatever is wrong."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Semaphore
from typing import Final

from widget_service.control.admin_sessions import Opened, open_session
from widget_service.control.plane import ControlPlane
from widget_service.identity.passwords import hash_password, is_outdated, matches
from widget_service.identity.proxies import network_of
from widget_service.storage import admins, login_failures
from widget_service.storage.actors import Actor
from widget_service.storage.admin_models import MAX_ADMIN_LENGTH
from widget_service.storage.errors import Conflict

WINDOW: Final = timedelta(minutes=15)
MAX_TRIES_PER_ACCOUNT_AND_ADDRESS = 5
MAX_TRIES_PER_ADDRESS = 20
MAX_TRIES_PER_ACCOUNT = 100
"""Much more than the others: whoever does not know the password must not be able to lock out who does."""

_MAX_AT_ONCE = 2
_hashing = Semaphore(_MAX_AT_ONCE)
"""Each takes 19 MiB and some 30 ms: many at once must not take the whole machine."""


class LoginRefused(Exception):
    """The account, the password or both are wrong; which of them is not told."""

    def __init__(self) -> None:
        super().__init__("The name or the password is wrong.")


class LoginLimited(Exception):
    """It was tried too often; ``retry_after_s`` says when it may be tried again."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Logging in was tried too often. Try again in {(retry_after_s + 59) // 60} minutes.")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class _Limit:
    key: str
    tries: int


def log_in(plane: ControlPlane, name: str, password: str, *, address: str, user_agent: str) -> Opened:
    """Return a new session; raise `LoginRefused` or `LoginLimited`."""
    name, limits = name.strip().lower(), _limits(plane, name.strip().lower(), address)
    actor = Actor(f"admin:{name[:MAX_ADMIN_LENGTH]}", address)
    _count_try(plane, actor, limits)
    with plane.database.read() as read:
        kept = admins.password_hash(read, name)
    with _hashing:
        is_right = matches(password, kept)
        renewed = hash_password(password) if is_right and kept is not None and is_outdated(kept) else None
    if not is_right:
        raise LoginRefused
    with plane.database.change(actor=actor, action="session.open") as change:
        if admins.password_hash(change, name) != kept:
            raise LoginRefused  # it was changed while we looked
        login_failures.forget(change, [limit.key for limit in limits])
        admins.update(change, name, password_hash=renewed, logged_in=True)
        change.note(after={"admin": name, "by": "password"})
        return open_session(change, name, address=address, user_agent=user_agent)


def is_password_of(plane: ControlPlane, name: str, password: str) -> bool:
    """Whether the account has the password; for who works on the database itself, without limits."""
    with plane.database.read() as read:
        return matches(password, admins.password_hash(read, name))


def confirm_password(plane: ControlPlane, name: str, password: str, *, address: str) -> None:
    """Check the password of an admin who is logged in, with the same limits; raise as `log_in` does."""
    limits = _limits(plane, name, address)
    _count_try(plane, Actor(f"admin:{name}", address), limits)
    with plane.database.read() as read:
        kept = admins.password_hash(read, name)
    if kept is None:
        raise Conflict(f"{name} logs in by a provider, and has no password here.")
    with _hashing:
        is_right = matches(password, kept)
    if not is_right:
        raise LoginRefused
    with plane.database.change(actor=f"admin:{name}", action="login.confirmed") as change:
        login_failures.forget(change, [limit.key for limit in limits])


def _count_try(plane: ControlPlane, actor: Actor, limits: list[_Limit]) -> None:
    """Count before looking at the password: of many tries at once, none gets past the limit."""
    with plane.database.change(actor=actor, action="login.tried") as change:
        login_failures.sweep(change, window=WINDOW)
        over: list[datetime] = []
        for limit in limits:
            tries, until = login_failures.count(change, limit.key, window=WINDOW)
            if tries > limit.tries:
                over.append(until)
        now = change.at
    if over:
        raise LoginLimited(max(1, int((max(over) - now).total_seconds())))


def _limits(plane: ControlPlane, name: str, address: str) -> list[_Limit]:
    """Keys are digests under a key of ours: the table must not tell names that somebody mistyped."""
    key = plane.master_keys.derive("login-limits")[0]

    def digest(*parts: str) -> str:
        return hmac.digest(key, "\0".join(parts).encode("utf-8", "surrogatepass"), sha256).hex()

    return [
        _Limit(digest("both", name, network_of(address)), MAX_TRIES_PER_ACCOUNT_AND_ADDRESS),
        _Limit(digest("address", network_of(address)), MAX_TRIES_PER_ADDRESS),
        _Limit(digest("account", name), MAX_TRIES_PER_ACCOUNT),
    ]
