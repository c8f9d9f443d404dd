"""``oauth_jwt_bearer``: an assertion that we sign is exchanged for a token (RFC 7523 §2.1)."""

from typing import Any

from widget_service.authentication.grant import DEFAULT_TTL_S, TokenGrant, TokenRequest
from widget_service.authentication.jwt import with_numeric_dates
from widget_service.authentication.oauth import OAuthAuthenticator
from widget_service.authentication.signing import jwt_encode
from widget_service.templating import RenderContext

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_TTL_S = 180


class JwtBearerGrant(TokenGrant):
    """A token for an assertion of who asks, and for whom."""

    @property
    def default_ttl_s(self) -> int:
        """The configured ``token_ttl``; the common default where a template made no number of it."""
        text = self.text("token_ttl")
        return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 10 else DEFAULT_TTL_S

    def request(self, now: float) -> TokenRequest:
        """Return the request with an assertion signed at ``now``, good for three minutes."""
        assertion = jwt_encode(
            self._claims(int(now)), self.text("private_key"), self.text("algorithm"), self.config["jwt_headers"]
        )
        return TokenRequest(self.url, self.form(("grant_type", GRANT_TYPE), ("assertion", assertion)))

    def _claims(self, now: int) -> dict[str, Any]:
        """Return the assertion's claims; the configured ones come last, so that they can replace ours."""
        return {
            "iss": self.text("client_id"),
            "sub": self.text("subject"),
            "aud": self.text("audience"),
            "iat": now,
            "exp": now + ASSERTION_TTL_S,
            **with_numeric_dates(self.config["additional_claims"]),
        }


class JwtBearerAuthenticator(OAuthAuthenticator):
    """Sends a token that was given for a signed assertion."""

    type = "oauth_jwt_bearer"

    def grant(self, context: RenderContext, **parts: Any) -> TokenGrant:
        """Return the grant."""
        return JwtBearerGrant(**parts)
