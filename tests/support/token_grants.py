"""Making grants as an execution makes them: a configuration, checked, built and rendered."""

from typing import Any

from widget_service.authentication.base import Credential
from widget_service.authentication.build import build_authenticator
from widget_service.authentication.grant import TokenGrant
from widget_service.connectors.definition import Authentication
from widget_service.templating import RenderContext

SECRETS = {"secret": "s3cret-of-the-client", "refresh": "r3fresh-0", "id": "the-client"}
TOKEN_URL = "https://auth.example.com/token"


def prepare(
    type_: str, config: dict[str, Any], *, tenant_id: str = "default", now: float = 1_700_000_000.0, **more: Any
) -> Credential | TokenGrant:
    """Return what a configuration prepares; ``more`` are the context's."""
    authenticator = build_authenticator(Authentication(type=type_, config=config))
    assert authenticator is not None
    secrets = more.pop("secrets", SECRETS)
    context = RenderContext(tenant_id=tenant_id, get_secret=secrets.__getitem__, now=lambda: now, **more)
    return authenticator.prepare(context)


def client_credentials(**config: Any) -> TokenGrant:
    """Return a grant for the client itself; ``tenant_id`` and the context's may be among the arguments."""
    outside = {name: config.pop(name) for name in ("tenant_id", "now", "secrets") if name in config}
    smallest = {"client_id": "the-client", "client_secret": "{{ get_secret('secret') }}", "token_url": TOKEN_URL}
    grant = prepare("oauth_client_credentials", smallest | config, **outside)
    assert isinstance(grant, TokenGrant)
    return grant


def refresh_token(**config: Any) -> TokenGrant:
    """Return a grant by a refresh token that is kept in a secret."""
    outside = {name: config.pop(name) for name in ("tenant_id", "now", "secrets") if name in config}
    smallest = {"client_id": "the-client", "refresh_token": "{{ get_secret('refresh') }}", "token_url": TOKEN_URL}
    grant = prepare("oauth_refresh_token", smallest | config, **outside)
    assert isinstance(grant, TokenGrant)
    return grant
