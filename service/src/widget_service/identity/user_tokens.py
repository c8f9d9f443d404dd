"""User tokens: JWTs by which a host application says who its user is (RFC 7519).

The algorithm is a matter of the key, never of the token. What a token says about keys (``jku``, ``jwk``, ``x5u``,
``x5c``) is not looked at, and one with critical extensions is refused, as this service understands none.
"""

import base64
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeGuard

from joserfc import jwt

from widget_service.identity.remembered import Remembered
from widget_service.identity.user_keys import UserKey, secret_key
from widget_service.identity.users import FIELDS_OF_CLAIMS, User
from widget_service.vault import MasterKeys

MAX_LIFETIME_S = 24 * 3600
CLOCK_SKEW_S = 60
MAX_TOKEN_LENGTH = 8192
MAX_KID_LENGTH = 256
MAX_TIME_S = 2**53
"""The last second that JSON numbers can name exactly (RFC 8259 §6)."""


class InvalidUserToken(Exception):
    """A user token that is not to be believed; the message may be shown to the caller."""


class UnknownKey(InvalidUserToken):
    """A user token by a key that is not known, or not yet."""


class CannotMint(Exception):
    """A tenant whose tokens somebody else signs; the message says what to do."""


class KeySet(Protocol):
    """Keys that somebody else publishes, as they were last fetched."""

    @property
    def keys(self) -> Sequence[UserKey]:
        """The keys; another object when they have changed."""
        ...


@dataclass(frozen=True, slots=True)
class _Verified:
    user: User
    expires_at: int
    own_keys: Sequence[UserKey]
    published: Sequence[UserKey]
    """The keys as they were then: one that is taken away takes its tokens with it."""

    def was_by(self, own_keys: Sequence[UserKey], published: Sequence[UserKey]) -> bool:
        """Whether the keys are still these."""
        return self.own_keys is own_keys and self.published is published


RememberedTokens = Remembered[_Verified]


class UserTokens:
    """Mints and verifies the user tokens of one tenant: any of its keys verifies, its first secret signs."""

    def __init__(
        self,
        *keys: bytes | UserKey,
        tenant_id: str,
        key_set: KeySet | None = None,
        remembered: RememberedTokens | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._own_keys = tuple(secret_key(key) if isinstance(key, bytes) else key for key in keys)
        self._key_set = key_set
        self._tenant_id = tenant_id
        self._clock = clock
        self._verified: RememberedTokens = Remembered() if remembered is None else remembered

    @classmethod
    def from_master_keys(cls, master_keys: MasterKeys, *, tenant_id: str) -> "UserTokens":
        """Tokens signed by keys that only this service knows, as in development mode."""
        return cls(*user_keys_of(master_keys, tenant_id), tenant_id=tenant_id)

    def mint(self, user: User, *, lifetime_s: int = 3600) -> str:
        """Return a token for ``user``, valid for ``lifetime_s`` seconds (at most a day); raise `CannotMint`."""
        key = next((key for key in self._own_keys if key.is_secret), None)
        if key is None:
            raise CannotMint(
                f"The tenant {self._tenant_id} verifies tokens by public keys: who holds the private key signs them."
            )
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
        algorithm = next(iter(key.algorithms))
        header = {"alg": algorithm, **({"kid": key.kid} if key.kid else {})}
        said = {name: value for name, value in claims.items() if value not in (None, {})}
        return jwt.encode(header, said, key.key, algorithms=[algorithm])

    def verify(self, token: str) -> User:
        """Return the user that ``token`` names; raise `InvalidUserToken` saying what is wrong with it.

        `UnknownKey` is raised where the tenant's published keys, fetched anew, may verify it.
        """
        published = () if self._key_set is None else self._key_set.keys
        known = self._verified.get(self._tenant_id, token)
        if known is None or not known.was_by(self._own_keys, published):
            known = self._decode(token, published)
            self._verified.put(self._tenant_id, token, known)
        if known.expires_at <= self._clock():
            raise InvalidUserToken("The user token has expired; ask the host application for a new one.")
        return known.user

    def _decode(self, token: str, published: Sequence[UserKey]) -> _Verified:
        claims = self._signed_claims(token, published)
        self._check_claims(claims)
        try:
            return _Verified(_user_of(claims), int(claims["exp"]), self._own_keys, published)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise InvalidUserToken(
                "The user token's claims cannot be read: 'sub' must name the user, the others be text."
            ) from None

    def _signed_claims(self, token: str, published: Sequence[UserKey]) -> dict[str, Any]:
        header, claims, data, signature = _parts(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or (kid is not None and not _is_kid(kid)) or "crit" in header:
            raise _not_signed("its header cannot be used")
        for key in (*self._own_keys, *published):
            if (kid is None or key.kid is None or key.kid == kid) and key.has_signed(algorithm, data, signature):
                return claims
        if self._key_set is not None and (kid is None or all(key.kid != kid for key in published)):
            raise UnknownKey(f"{_NOT_SIGNED}: its key is not among the published ones.")
        raise _not_signed("wrong key or algorithm")

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


def user_keys_of(master_keys: MasterKeys, tenant_id: str) -> list[UserKey]:
    """Return the keys of a tenant that has set none: only this service knows them; the first signs."""
    return [secret_key(key) for key in master_keys.derive(f"user-tokens:{tenant_id}")]


def audience_of(token: str) -> list[str]:
    """Return whom a token says that it is for, verified by nobody yet; nothing for what is no token."""
    try:
        audience = _parts(token)[1].get("aud")
    except InvalidUserToken:
        return []
    listed = audience if isinstance(audience, list) else [audience]
    return [name for name in listed if isinstance(name, str)]


_NOT_SIGNED = "The user token is not signed by a user key of this tenant"

_OWN_CLAIMS = frozenset({*FIELDS_OF_CLAIMS, "profile_fields", "iat", "exp", "nbf", "aud", "iss", "jti"})
"""What a token says in terms of its own; everything else can be asked for by a connector's ``access``."""


def _not_signed(reason: str) -> InvalidUserToken:
    return InvalidUserToken(f"{_NOT_SIGNED}: {reason}.")


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Return header, claims, what was signed, and the signature of a compact JWS (RFC 7515 §7.1)."""
    if len(token) > MAX_TOKEN_LENGTH:
        raise InvalidUserToken(f"The user token is longer than {MAX_TOKEN_LENGTH} characters.")
    data, _, signature = token.rpartition(".")
    try:
        header_text, claims_text = data.split(".")
        header, claims = json.loads(_unb64(header_text)), json.loads(_unb64(claims_text))
        if isinstance(header, dict) and isinstance(claims, dict):
            return header, claims, data.encode("ascii"), _unb64(signature)
    except (ValueError, RecursionError):
        pass
    raise _not_signed("it is no JWT")


def _unb64(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _is_kid(kid: object) -> bool:
    return isinstance(kid, str) and 0 < len(kid) <= MAX_KID_LENGTH


def _is_time(value: object) -> TypeGuard[float]:
    """Whether a number can be a time: finite, and small enough to be reckoned with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_TIME_S


def _user_of(claims: dict[str, Any]) -> User:
    if not isinstance(claims["sub"], str) or not claims["sub"].strip():
        raise ValueError("sub")
    # Half of a character can be sent nowhere, and what is no number cannot be told in JSON.
    json.dumps(claims, ensure_ascii=False, allow_nan=False).encode()
    user = {name: claims.get(claim) for claim, name in FIELDS_OF_CLAIMS.items()}
    for name, value in user.items():
        if value is not None and not isinstance(value, str):
            raise TypeError(name)
    profile, more = claims.get("profile_fields") or {}, {k: v for k, v in claims.items() if k not in _OWN_CLAIMS}
    return User.from_dict({**user, "profile_fields": dict(profile), "claims": more})
