"""``oauth_refresh_token``: a user has consented once, and a refresh token stands for that (RFC 6749 §6)."""

from typing import Any

from widget_service.authentication.grant import RotatingGrant, TokenGrant, TokenRequest
from widget_service.authentication.oauth import OAuthAuthenticator, client_credentials
from widget_service.templating import RenderContext


class RefreshTokenGrant(RotatingGrant):
    """A token for the user who has consented."""

    def request(self, now: float) -> TokenRequest:
        """Return the request. It is not repeatable: the server may have replaced the refresh token by the first."""
        client, basic = client_credentials(self)
        refresh = (("grant_type", "refresh_token"), ("refresh_token", self.refresh_token))
        form = self.form(*refresh, *client, ("scope", self.text("scope")))
        return TokenRequest(self.url, form, basic, is_repeatable=False)


class RefreshTokenAuthenticator(OAuthAuthenticator):
    """Sends a token that was given for a refresh token."""

    type = "oauth_refresh_token"

    def grant(self, context: RenderContext, **parts: Any) -> TokenGrant:
        """Return the grant; a refresh token that is one secret, whole, can be written back to it."""
        refresh_token = parts["config"]["refresh_token"]
        named = [name for reads in self._values["refresh_token"].reads for name in reads.secrets]
        secret = next((name for name in named if context.secrets_used.get(name) == refresh_token), None)
        return RefreshTokenGrant(**parts, secret=secret)
