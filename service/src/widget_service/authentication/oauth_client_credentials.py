"""``oauth_client_credentials``: the service signs in as itself (RFC 6749 §4.4)."""

from typing import Any

from widget_service.authentication.grant import TokenGrant, TokenRequest
from widget_service.authentication.oauth import OAuthAuthenticator, client_credentials
from widget_service.templating import RenderContext


class ClientCredentialsGrant(TokenGrant):
    """A token for the client itself."""

    def request(self, now: float) -> TokenRequest:
        """Return the request; scope, audience and resource (RFC 8707) only where they have a value."""
        client, basic = client_credentials(self)
        asked = [(name, self.text(name)) for name in ("scope", "audience", "resource")]
        return TokenRequest(self.url, self.form(("grant_type", "client_credentials"), *client, *asked), basic)


class ClientCredentialsAuthenticator(OAuthAuthenticator):
    """Sends a token that was given for the client's identifier and secret."""

    type = "oauth_client_credentials"

    def grant(self, context: RenderContext, **parts: Any) -> TokenGrant:
        """Return the grant."""
        return ClientCredentialsGrant(**parts)
