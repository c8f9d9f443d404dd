"""User tokens: JWTs by which a host application says who its user is (RFC 7519)."""

import contextlib
import json
import time
from collections.abc import Callable
from typing import Any, TypeGuard

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from widget_service.identity.users import User
from widget_service.vault import MasterKeys

ALGORITHM = "HS256"
MAX_LIFETIME_S = 24 * 3600
CLOCK_SKEW_S = 60
MAX_REMEMBERED_TOKENS = 10_000


class InvalidUserToken(Exception):
    """A user token that is not to be believed; the message may be shown to the caller."""


class UserTokens:
    """Mints and verifies the HS256 user tokens of one tenant: the first key signs, all verify."""

    def __init__(self, *keys: bytes, tenant_id: str, clock: Callable[[], float] = time.time) -> None:
        self._keys = tuple(OctKey.import_key(key) for key in keys)
        self._tenant_id = tenant_id
        self._clock = clock
        self._verified: dict[str, tuple[User, int]] = {}

    @classmethod
    def from_master_keys(cls, master_keys: MasterKeys, *, tenant_id: str) -> "UserTokens":
        """Tokens signed by keys that only this service knows, as in development mode."""
        return cls(*master_keys.derive(f"user-tokens:{tenant_id}"), tenant_id=tenant_id)

    def mint(self, user: User, *, lifetime_s: int = 3600) -> str:
        """Return a token for ``user``, valid for ``lifetime_s`` seconds (at most a day)."""
        now = int(self._clock())
        claims = {
            **user.claims,
            "sub": user.id,
            "email": user.email,
            "preferred_username": user.username,
            "given_name": user.first_name,
            "family_name": user.last_name,
            "profile_fields": dict(user.profile_fields),
            "iat": now,
            "exp": now + min(lifetime_s, MAX_LIFETIME_S),
            "aud": self._tenant_id,
        }
        return jwt.encode({"alg": ALGORITHM}, {k: v for k, v in claims.items() if v not in (None, {})}, self._keys[0])

    def verify(self, token: str) -> User:
        """Return the user that ``token`` names; raise `InvalidUserToken` saying what is wrong with it."""
        known = self._verified.get(token)
        if known is None:
            known = self._decode(token)
            if len(self._verified) >= MAX_REMEMBERED_TOKENS:
                self._verified.clear()
            self._verified[token] = known
        user, expires_at = known
        if expires_at <= self._clock():
            raise InvalidUserToken("The user token has expired; ask the host application for a new one.")
        return user

    def _decode(self, token: str) -> tuple[User, int]:
        claims = self._signed_claims(token)
        self._check_claims(claims)
        try:
            return _user_of(claims), int(claims["exp"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise InvalidUserToken(
                "The user token's claims cannot be read: 'sub' must name the user, the others be text."
            ) from None

    def _signed_claims(self, token: str) -> dict[str, Any]:
        for key in self._keys:
            with contextlib.suppress(JoseError, ValueError):
                return jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        raise InvalidUserToken("The user token is not signed by this service's user key.")

    def _check_claims(self, claims: dict[str, Any]) -> None:
        issued, expires, audience = claims.get("iat"), claims.get("exp"), claims.get("aud")
        if not _is_time(issued) or not _is_time(expires):
            raise InvalidUserToken("The user token must have 'iat' and 'exp', in Unix seconds.")
        if issued > self._clock() + CLOCK_SKEW_S:
            raise InvalidUserToken("The user token was issued in the future; check the clocks.")
        if "nbf" in claims and not (_is_time(claims["nbf"]) and claims["nbf"] <= self._clock() + CLOCK_SKEW_S):
            raise InvalidUserToken("The user token is not valid yet: its 'nbf' lies in the future.")
        if not 0 < expires - issued <= MAX_LIFETIME_S:
            raise InvalidUserToken("The user token must live for at most 24 hours.")
        if self._tenant_id not in (audience if isinstance(audience, list) else [audience]):
            raise InvalidUserToken("The user token is for somebody else: its 'aud' must name the tenant.")


_CLAIMS = {
    "email": "email",
    "username": "preferred_username",
    "first_name": "given_name",
    "last_name": "family_name",
}
_OWN_CLAIMS = frozenset({*_CLAIMS.values(), "sub", "profile_fields", "iat", "exp", "nbf", "aud", "iss", "jti"})
"""What a token says in terms of its own; everything else can be asked for by a connector's ``access``."""


def _is_time(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _user_of(claims: dict[str, Any]) -> User:
    if not isinstance(claims["sub"], str) or not claims["sub"].strip():
        raise ValueError("sub")
    json.dumps(claims, ensure_ascii=False).encode()  # half of a character can be sent nowhere
    user = {name: claims.get(claim) for name, claim in _CLAIMS.items()}
    for name, value in user.items():
        if value is not None and not isinstance(value, str):
            raise TypeError(name)
    profile, more = claims.get("profile_fields") or {}, {k: v for k, v in claims.items() if k not in _OWN_CLAIMS}
    return User.from_dict({**user, "id": claims["sub"], "profile_fields": dict(profile), "claims": more})
