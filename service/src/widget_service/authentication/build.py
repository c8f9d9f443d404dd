"""From a definition's ``authentication`` to the authenticator that carries it out."""

from widget_service.authentication.api_key import ApiKeyAuthenticator, BasicAuthenticator, BearerAuthenticator
from widget_service.authentication.base import Authenticator
from widget_service.authentication.fields import ConfigField
from widget_service.authentication.jwt import JwtAuthenticator
from widget_service.authentication.oauth import OAuthAuthenticator
from widget_service.authentication.oauth_client_credentials import ClientCredentialsAuthenticator
from widget_service.authentication.oauth_jwt_bearer import JwtBearerAuthenticator
from widget_service.authentication.oauth_refresh_token import RefreshTokenAuthenticator
from widget_service.connectors.definition import Authentication

_OAUTH: tuple[type[OAuthAuthenticator], ...] = (
    ClientCredentialsAuthenticator,
    JwtBearerAuthenticator,
    RefreshTokenAuthenticator,
)
_BY_TYPE = {authenticator.type: authenticator for authenticator in _OAUTH}


def build_authenticator(authentication: Authentication | None) -> Authenticator | None:
    """Return the authenticator of a checked definition; None where nothing signs in."""
    if authentication is None or authentication.type == "none":
        return None
    if authentication.type in _BY_TYPE:
        return _BY_TYPE[authentication.type](authentication.config)
    if authentication.type == "jwt":
        return JwtAuthenticator(authentication.config)
    return _fixed(authentication)


def _fixed(authentication: Authentication) -> Authenticator:
    """Return the authenticator of a type that sends what is configured."""
    config = {name: value for name, value in authentication.config.items() if isinstance(value, str)}
    match authentication.type:
        case "api_key":
            return ApiKeyAuthenticator(
                key=ConfigField("key", config["key"]),
                value=ConfigField("value", config["value"]),
                place="query" if config["in"] == "query" else "header",
            )
        case "basic":
            return BasicAuthenticator(
                username=ConfigField("username", config["username"]),
                password=ConfigField("password", config["password"]),
            )
        case _:
            return BearerAuthenticator(token=ConfigField("token", config["token"]))
