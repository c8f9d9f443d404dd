"""The published keys of all tenants of a process: one object for each tenant and address, whatever else changes."""

from functools import partial

from widget_service.egress import UpstreamClient
from widget_service.identity.key_fetching import fetch_keys
from widget_service.identity.published_keys import PublishedKeys


class PublishedKeysOfProcess:
    """Keeps them, and closes them in the end."""

    def __init__(self, client: UpstreamClient) -> None:
        self._client = client
        self._known: dict[tuple[str, str], PublishedKeys] = {}

    def at(self, tenant_id: str, url: str) -> PublishedKeys:
        """Return the keys of a tenant that are published at ``url``; they are fetched when a call needs them."""
        key = (tenant_id, url)
        if key not in self._known:
            for other in [known for known in self._known if known[0] == tenant_id]:
                del self._known[other]  # a tenant has one address; a fetch under way ends by itself
            self._known[key] = PublishedKeys(tenant_id, partial(fetch_keys, self._client, url))
        return self._known[key]

    async def aclose(self) -> None:
        """Break off what is being fetched."""
        for keys in self._known.values():
            await keys.aclose()
