"""Passwords of admins: argon2id with the parameters that OWASP's Password Storage Cheat Sheet names first."""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from widget_service.storage.errors import InvalidValue

MIN_CHARACTERS = 12
MAX_BYTES = 1024
MEMORY_KIB = 19 * 1024

_hasher = PasswordHasher(time_cost=2, memory_cost=MEMORY_KIB, parallelism=1, hash_len=32, salt_len=16)


def check_password(password: str, name: str) -> None:
    """Raise `InvalidValue` for a password that is too short, too long or the account's name; it is not repeated."""
    if len(password) < MIN_CHARACTERS:
        raise InvalidValue(f"The password is too short: at least {MIN_CHARACTERS} characters.")
    if _utf8(password) is None or len(password.encode()) > MAX_BYTES:
        raise InvalidValue(f"The password must be text of at most {MAX_BYTES} bytes.")
    if name and name.lower() in password.lower() and len(password) < len(name) + MIN_CHARACTERS:
        raise InvalidValue("The password is little more than the account's name; choose another.")


def hash_password(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(password)


def new_password() -> str:
    """Return a password that nobody can guess, to be shown once."""
    return secrets.token_urlsafe(18)


def matches(password: str, kept: str | None) -> bool:
    """Return whether the password is the one kept; it takes as long where nothing is kept."""
    data = _utf8(password)
    if data is None or len(data) > MAX_BYTES:
        data, kept = b"", None
    try:
        return _hasher.verify(kept if kept is not None else _nobodys_hash(), data) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Return whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_bytes(32))


def _utf8(text: str) -> bytes | None:
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None
