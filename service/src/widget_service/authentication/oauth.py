"""What the types that obtain a token have in common: a configuration rendered, a client that says who it is."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from widget_service.authentication.base import Authenticator
from widget_service.authentication.fields import ConfigValue
from widget_service.authentication.grant import Pair, TokenGrant
from widget_service.connectors.authentication_config import CONFIGS
from widget_service.templating import RenderContext

_SIGNED = ("additional_claims", "jwt_headers")


class OAuthAuthenticator(Authenticator):
    """Renders the configuration of one type into its grant."""

    may_send_again = True

    type: ClassVar[str]

    def __init__(self, config: Mapping[str, Any], *, composite: bool = False) -> None:
        self._values = {name: ConfigValue(name, value, composite=composite) for name, value in config.items()}
        self._secret_fields = CONFIGS[self.type].secret_fields
        self.reads = tuple(reads for value in self._values.values() for reads in value.reads)

    def prepare(self, context: RenderContext) -> TokenGrant:
        """Return the grant; raise ``TEMPLATE_ERROR``."""
        config = {name: value.render(context) for name, value in self._values.items()}
        secrets = {*context.secrets_used.values(), *(config[name] for name in self._secret_fields if name in config)}
        return self.grant(
            context,
            tenant_id=context.tenant_id,
            type=self.type,
            config=config,
            identity=self._identity(config),
            secret_names=frozenset(context.secrets_used),
            hidden=tuple(secrets),
        )

    def _identity(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the rendered configuration; what only tells an assertion's time counts by its template.

        A claim such as ``{{ now(300) }}`` must not make another key of every second. The templates have a place of
        their own, so that no value can be taken for one.
        """
        templates = {name: self._values[name].times for name in _SIGNED if name in self._values}
        rendered = {name: self._values[name].without_times(config[name]) for name in templates}
        return {**config, **rendered, "templates of times": templates}

    @abstractmethod
    def grant(self, context: RenderContext, **parts: Any) -> TokenGrant:
        """Return the type's grant of these ``parts``."""


def client_credentials(grant: TokenGrant) -> tuple[list[Pair], Pair | None]:
    """Return the client's identifier and secret: as parameters of the form, or for HTTP Basic (RFC 6749 §2.3.1)."""
    client_id, secret = grant.text("client_id"), grant.text("client_secret")
    if grant.text("auth_style") == "basic":
        return [], (client_id, secret)
    return [("client_id", client_id), ("client_secret", secret)], None
