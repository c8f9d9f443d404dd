"""A real authorization server on loopback: authlib's, over a server that a test can look into."""

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    ClientCredentialsGrant,
    ClientMixin,
    OAuth2Request,
    RefreshTokenGrant,
    TokenMixin,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7523 import JWTBearerGrant
from joserfc import jwt

from support.upstream import Received, Reply, Upstream

ISSUER = "https://auth.example.test"
LIFETIME_S = 600


@dataclass
class Client(ClientMixin):
    """A registered client; ``key`` verifies its assertions, signed by ``algorithm``."""

    client_id: str
    secret: str = ""
    auth_method: str = "client_secret_post"
    scopes: frozenset[str] = frozenset({"read", "write"})
    key: Any = None
    algorithm: str = "RS256"

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str) -> str | None:
        return (scope or "") if set((scope or "").split()) <= self.scopes else None

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == self.auth_method

    def check_grant_type(self, grant_type: str) -> bool:
        return True


@dataclass
class Issued(TokenMixin):
    """A token that was given out."""

    client_id: str
    access_token: str
    scope: str = ""
    subject: str = ""
    refresh_token: str = ""
    is_spent: bool = False
    expires_at: float = field(default_factory=lambda: time.time() + LIFETIME_S)

    def check_client(self, client: Client) -> bool:
        return client.client_id == self.client_id

    def get_scope(self) -> str:
        return self.scope


class AuthorizationServerOfTests(AuthorizationServer):
    """The three grants, and tokens in memory. ``/token`` gives tokens; ``/api`` takes them and says whose they are."""

    def __init__(self, upstream: Upstream, clients: list[Client]) -> None:
        super().__init__(scopes_supported=["read", "write"])
        self.clients = {client.client_id: client for client in clients}
        self.issued: list[Issued] = []
        generator = BearerTokenGenerator(
            lambda **_: secrets.token_urlsafe(24), lambda **_: secrets.token_urlsafe(24), lambda *_: LIFETIME_S
        )
        self.register_token_generator("default", generator)
        for grant in (_Credentials, _Refresh, _Assertion):
            self.register_grant(grant)
        upstream.replies |= {"/token": self._token, "/api": self._api}

    def consent(self, client_id: str, subject: str, scope: str = "read") -> str:
        """Return the refresh token of a user who has consented."""
        token = Issued(client_id, "-", scope, subject, refresh_token=secrets.token_urlsafe(24))
        self.issued.append(token)
        return token.refresh_token

    def _token(self, received: Received) -> Reply:
        return self.create_token_response(received)

    def _api(self, received: Received) -> Reply:
        value = received.headers.get("authorization", "").removeprefix("Bearer ")
        token = next((token for token in self.issued if token.access_token == value), None)
        if token is None or token.expires_at < time.time():
            return self.handle_response(401, {"error": "invalid_token"}, [])
        return self.handle_response(200, {"client": token.client_id, "sub": token.subject, "scope": token.scope}, [])

    def query_client(self, client_id: str) -> Client | None:
        return self.clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        self.issued.append(
            Issued(
                request.client.client_id,
                token["access_token"],
                token.get("scope", ""),
                request.user or "",
                token.get("refresh_token", ""),
            )
        )

    def create_oauth2_request(self, request: Received) -> OAuth2Request:
        return _Request(request)

    def handle_response(self, status: int, body: Any, headers: Any) -> Reply:
        return Reply(status, json.dumps(body).encode(), dict(headers) | {"Content-Type": "application/json"})

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


class _Request(OAuth2Request):
    def __init__(self, received: Received) -> None:
        headers = {name.title(): value for name, value in received.headers.items()}
        super().__init__(received.method, ISSUER + received.target, headers=headers)
        self._form = dict(parse_qsl(received.body.decode(), keep_blank_values=True))
        self.payload = BasicOAuth2Payload(self._form)

    @property
    def args(self) -> dict[str, str]:
        return {}

    @property
    def form(self) -> dict[str, str]:
        return self._form


class _Credentials(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = ["client_secret_basic", "client_secret_post"]


class _Refresh(RefreshTokenGrant):
    """Each refresh token is good once; the second use of one ends all that came of it, as good servers do."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = ["client_secret_basic", "client_secret_post"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Issued | None:
        found = next((token for token in self.server.issued if token.refresh_token == refresh_token), None)
        if found is not None and found.is_spent:
            self.server.issued.clear()
            return None
        return found

    def authenticate_user(self, refresh_token: Issued) -> str:
        return refresh_token.subject

    def revoke_old_credential(self, refresh_token: Issued) -> None:
        refresh_token.is_spent = True


class _Assertion(JWTBearerGrant):
    def get_audiences(self) -> list[str]:
        return [f"{ISSUER}/token"]

    def resolve_issuer_client(self, issuer: str) -> Client | None:
        return self.server.clients.get(issuer)

    def process_assertion_claims(self, assertion: str) -> dict[str, Any]:
        """The algorithm is the client's own: authlib would take the common ones only."""
        _, claims = self.extract_assertion(assertion)
        client = self.resolve_issuer_client(claims["iss"])
        verified = jwt.decode(assertion, client.key, algorithms=[client.algorithm])
        self.verify_claims(verified.claims)
        return verified.claims

    def authenticate_user(self, subject: str) -> str:
        return subject

    def has_granted_permission(self, client: Client, user: str) -> bool:
        return user != "stranger"
