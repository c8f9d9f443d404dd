"""Fetching published keys through the guard, as every outgoing request."""

import json
import re

from widget_service.egress import UpstreamClient, UpstreamRequest
from widget_service.errors import ServiceError
from widget_service.identity.published_keys import Fetched, KeysUnavailable
from widget_service.identity.user_keys import InvalidUserKey, keys_of_set

TIMEOUT_S = 5.0
MAX_BYTES = 256 * 1024

_MAX_AGE = re.compile(r"(?:^|,)\s*max-age=(\d{1,9})\s*(?:,|$)", re.I)


async def fetch_keys(client: UpstreamClient, url: str) -> Fetched:
    """Return the keys that are published at ``url``; raise `KeysUnavailable`."""
    request = UpstreamRequest(
        "GET",
        url,
        headers=[("Accept", "application/jwk-set+json, application/json")],
        connect_timeout_s=TIMEOUT_S,
        headers_timeout_s=TIMEOUT_S,
        idle_timeout_s=TIMEOUT_S,
        body_timeout_s=TIMEOUT_S,
    )
    try:
        response = await client.send(request)
        try:
            if response.status != 200:
                raise KeysUnavailable(f"{url} answered with status {response.status}")
            body = await response.read(MAX_BYTES)
        finally:
            await response.aclose()
        keys = keys_of_set(json.loads(body), secrets=False)
    except ServiceError as error:
        raise KeysUnavailable(f"{url}: {error.detail}") from None
    except InvalidUserKey as error:
        raise KeysUnavailable(f"{url}: {error}") from None
    except (ValueError, RecursionError):
        raise KeysUnavailable(f"{url} did not answer with JSON") from None
    return Fetched(keys, _fresh_s(response.headers))


def _fresh_s(headers: list[tuple[str, str]]) -> float | None:
    found = [_MAX_AGE.search(value) for name, value in headers if name.lower() == "cache-control"]
    return next((float(match[1]) for match in found if match), None)
