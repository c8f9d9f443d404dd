"""``api_key``: a configured header or query parameter; ``basic`` and ``bearer``: fixed Authorization headers."""

import base64
from typing import Literal

from widget_service.authentication.base import Authenticator, Credential, bearer
from widget_service.authentication.fields import ConfigField
from widget_service.errors import ConfigurationError
from widget_service.header_values import is_header_name, rendered_header_value
from widget_service.templating import RenderContext


class ApiKeyAuthenticator(Authenticator):
    """Sends a key as a header or as a query parameter."""

    def __init__(self, *, key: ConfigField, value: ConfigField, place: Literal["header", "query"]) -> None:
        self._key, self._value, self._place = key, value, place
        self.reads = (key.reads, value.reads)

    def prepare(self, context: RenderContext) -> Credential:
        key, value = self._key.render(context), self._value.render(context)
        if self._place == "header":
            if not is_header_name(key):
                raise ConfigurationError(
                    "TEMPLATE_ERROR", "authentication.config.key: what was rendered cannot be the name of a header."
                )
            value = rendered_header_value(key, value)
        return Credential(self._place, key, value)


class BasicAuthenticator(Authenticator):
    """HTTP Basic with a user name and a password (RFC 7617), encoded as UTF-8."""

    def __init__(self, *, username: ConfigField, password: ConfigField) -> None:
        self._username, self._password = username, password
        self.reads = (username.reads, password.reads)

    def prepare(self, context: RenderContext) -> Credential:
        pair = f"{self._username.render(context)}:{self._password.render(context)}"
        return Credential("header", "Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")


class BearerAuthenticator(Authenticator):
    """A token that the admin keeps as a secret, sent as it is (RFC 6750 §2.1)."""

    def __init__(self, *, token: ConfigField) -> None:
        self._token = token
        self.reads = (token.reads,)

    def prepare(self, context: RenderContext) -> Credential:
        return bearer(rendered_header_value("Authorization", self._token.render(context)))
