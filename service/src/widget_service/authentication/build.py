"""From a definition's ``authentication`` to the authenticator that carries it out."""

from widget_service.authentication.api_key import ApiKeyAuthenticator, BasicAuthenticator, BearerAuthenticator
from widget_service.authentication.base import Authenticator, Credential
from widget_service.authentication.fields import ConfigField
from widget_service.connectors.definition import Authentication
from widget_service.errors import ConfigurationError
from widget_service.templating import RenderContext


def build_authenticator(authentication: Authentication | None) -> Authenticator | None:
    """Return the authenticator of a checked definition; None where nothing signs in."""
    if authentication is None or authentication.type == "none":
        return None
    config = {name: value for name, value in authentication.config.items() if isinstance(value, str)}
    match authentication.type:
        case "api_key" | "apikey":
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
        case "bearer":
            return BearerAuthenticator(token=ConfigField("token", config["token"]))
        case _:
            return UnavailableAuthenticator(authentication.type)


class UnavailableAuthenticator(Authenticator):
    """A type that definitions may already use and this version cannot carry out: it says so, at execution."""

    def __init__(self, type_: str) -> None:
        self._type = type_
        self.reads = ()

    async def credential(self, context: RenderContext) -> Credential:
        raise ConfigurationError(
            "CONNECTOR_MISCONFIGURED",
            f"Signing in by '{self._type}' is not available in this version of the service; "
            "it has none, api_key, basic and bearer.",
        )
