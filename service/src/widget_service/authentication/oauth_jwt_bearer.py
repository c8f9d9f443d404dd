"""``oauth_jwt_bearer``: an assertion that we sign is exchanged for a token (RFC 7523 §2.1)."""

import re
from typing import Any

from widget_service.authentication.grant import DEFAULT_TTL_S, TokenGrant, TokenRequest
from widget_service.authentication.jwt import with_numeric_dates
from widget_service.authentication.oauth import OAuthAuthenticator
from widget_service.authentication.signing import jwt_encode
from widget_service.errors import ConfigurationError
from widget_service.templating import RenderContext

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_TTL_S = 180

_SECONDS = re.compile(r"[0-9]{0,9}")


class JwtBearerGrant(TokenGrant):
    """A token for an assertion of who asks, and for whom."""

    @property
    def default_ttl_s(self) -> int:
        """The configured ``token_ttl``; the common default where a template made nothing of it."""
        return int(self.text("token_ttl") or DEFAULT_TTL_S)

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
        """Return the grant; raise ``TEMPLATE_ERROR`` for a lifetime that is no number of seconds."""
        grant = JwtBearerGrant(**parts)
        if not _SECONDS.fullmatch(grant.text("token_ttl")):
            raise ConfigurationError(
                "TEMPLATE_ERROR", "authentication.config.token_ttl: what was rendered must be a number of seconds."
            )
        return grant
