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


def build_authenticator(authentication: Authentication | None, *, composite: bool = False) -> Authenticator | None:
    """Return the authenticator of a checked definition, None where nothing signs in; ``composite``: of a step."""
    if authentication is None or authentication.type == "none":
        return None
    if authentication.type in _BY_TYPE:
        return _BY_TYPE[authentication.type](authentication.config, composite=composite)
    if authentication.type == "jwt":
        return JwtAuthenticator(authentication.config, composite=composite)
    return _fixed(authentication, composite=composite)


def _fixed(authentication: Authentication, *, composite: bool) -> Authenticator:
    """Return the authenticator of a type that sends what is configured."""
    texts = {name: value for name, value in authentication.config.items() if isinstance(value, str)}
    config = {name: ConfigField(name, value, composite=composite) for name, value in texts.items()}
    match authentication.type:
        case "api_key":
            return ApiKeyAuthenticator(
                key=config["key"],
                value=config["value"],
                place="query" if texts["in"] == "query" else "header",
            )
        case "basic":
            return BasicAuthenticator(
                username=config["username"],
                password=config["password"],
            )
        case _:
            return BearerAuthenticator(token=config["token"])
