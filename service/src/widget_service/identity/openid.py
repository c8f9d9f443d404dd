"""Logging in by OpenID Connect, without I/O: what is asked, what may be believed, and which role it gives.

Sources: OpenID Connect Core 1.0 §3.1, OpenID Connect Discovery 1.0 §4, RFC 7636 (PKCE), RFC 9207 (``iss``).
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from widget_service.identity.rights import ROLES, rank
from widget_service.storage.admin_models import RoleName

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Of ID tokens: by a key that the provider publishes. Neither ``none`` nor a shared secret."""
CLOCK_SKEW_S: Final = 60


class NotBelieved(Exception):
    """What the provider sent is not what it must be; the message may be shown, and holds no token."""


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """Where a provider is asked what (OpenID Connect Discovery 1.0 §3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    takes_basic: bool

    @classmethod
    def read(cls, body: bytes, issuer: str) -> "ProviderMetadata":
        """Return the metadata; raise `NotBelieved` where something is missing or it is another issuer's."""
        data = parse_object(body, "The provider's metadata")
        wanted = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
        missing = [name for name in wanted if not isinstance(data.get(name), str)]
        if missing:
            raise NotBelieved(f"The provider's metadata lack {', '.join(missing)}.")
        if data["issuer"] != issuer:
            raise NotBelieved("The provider calls itself by another issuer than OIDC_ISSUER; they must be the same.")
        userinfo = data.get("userinfo_endpoint")
        methods = data.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return cls(
            issuer=data["issuer"],
            authorization_endpoint=data["authorization_endpoint"],
            token_endpoint=data["token_endpoint"],
            jwks_uri=data["jwks_uri"],
            userinfo_endpoint=userinfo if isinstance(userinfo, str) else None,
            takes_basic="client_secret_basic" in methods,
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a browser that was sent to the provider must come back with; it is kept in a signed cookie."""

    state: str
    nonce: str
    verifier: str
    following: str

    @classmethod
    def new(cls, following: str) -> "Attempt":
        """Return a new one, which goes on with the page ``following``."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, following)

    def authorization_url(self, provider: ProviderMetadata, *, client_id: str, redirect_uri: str, scope: str) -> str:
        """Return where the browser is sent."""
        url: str = prepare_grant_uri(
            provider.authorization_endpoint,
            client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=scope,
            state=self.state,
            nonce=self.nonce,
            code_challenge=create_s256_code_challenge(self.verifier),
            code_challenge_method="S256",
        )
        return url


@dataclass(frozen=True, slots=True)
class Identity:
    """Who has logged in at the provider."""

    subject: str
    email: str | None
    claims: Mapping[str, Any]


def verify_id_token(
    token: str, keys: KeySet, provider: ProviderMetadata, *, client_id: str, nonce: str, access_token: str, now: float
) -> dict[str, Any]:
    """Return the claims of an ID token (OpenID Connect Core §3.1.3.7); raise `NotBelieved`."""
    try:
        decoded = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
        options = {"iss": {"essential": True, "value": provider.issuer}, "aud": {"essential": True, "value": client_id}}
        params = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
        claims = CodeIDToken(decoded.claims, decoded.header, options, params)
        claims.validate(now=int(now), leeway=CLOCK_SKEW_S)
    except (JoseError, ValueError, TypeError) as error:
        raise NotBelieved(f"The provider's ID token is not to be believed: {type(error).__name__}.") from None
    return dict(decoded.claims)


def identity_of(claims: Mapping[str, Any], userinfo: Mapping[str, Any], provider: ProviderMetadata) -> Identity:
    """Return who it is; what the ID token does not say, the user info of the same subject may."""
    subject = claims["sub"]
    if userinfo and userinfo.get("sub") != subject:
        raise NotBelieved("The provider's user info is of somebody else than its ID token.")
    email = _verified_email(claims if "email_verified" in claims else userinfo)
    return Identity(f"{provider.issuer} {subject}", email, {**userinfo, **claims})


def _verified_email(told: Mapping[str, Any]) -> str | None:
    """Return the address of which it is told in the same place that it was verified: it is no other one's."""
    email = told.get("email")
    return email.lower() if told.get("email_verified") is True and isinstance(email, str) else None


def may_log_in(identity: Identity, allowed: Iterable[str]) -> bool:
    """Whether one of ``allowed`` names the verified e-mail address, or its domain as ``@DOMAIN``; empty: anybody."""
    allowed = tuple(allowed)
    if not allowed:
        return True
    if identity.email is None:
        return False
    return identity.email in allowed or f"@{identity.email.rpartition('@')[2]}" in allowed


def role_by_claim(identity: Identity, claim: str | None, roles: Iterable[tuple[str, str]]) -> RoleName | None:
    """Return the highest role that the values of ``claim`` give by ``roles``, None where they give none."""
    if claim is None:
        return None
    value = identity.claims.get(claim)
    values = [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
    given = [role for name, role in roles for each in values if name == each]
    found = [role for role in ROLES if role in given]
    return max(found, key=rank, default=None)


def parse_object(body: bytes, what: str) -> dict[str, Any]:
    """Return a JSON object; raise `NotBelieved` saying ``what`` is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise NotBelieved(f"{what} is no JSON object.")
    return data
