"""Tokens for destinations: kept, shared between processes, renewed ahead of need, and asked for once."""

from widget_service.authentication.tokens.endpoint import TokenEndpoint
from widget_service.authentication.tokens.fetching import Fetcher
from widget_service.authentication.tokens.service import Obtained, Tokens
from widget_service.authentication.tokens.shared import RotatingTokens, SharedTokens
from widget_service.egress import UpstreamClient
from widget_service.settings import Settings

__all__ = ["Obtained", "Tokens", "tokens_of_process"]


def tokens_of_process(
    client: UpstreamClient,
    settings: Settings,
    *,
    shared: SharedTokens | None = None,
    rotating: RotatingTokens | None = None,
) -> Tokens:
    """Return the tokens of one process; what is shared with others is in the stores, where there are any."""
    ask = TokenEndpoint(client, settings).ask
    return Tokens(Fetcher(ask, shared=shared, rotating=rotating), limit_s=settings.upstream_timeout_s)
