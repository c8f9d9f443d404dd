"""Connecting to Valkey or Redis: the address as the setting has it, and waits that are short."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

TIMEOUT_S = 1.0


def valkey_client(url: str) -> Redis:
    """Return a client of the server at ``url``; it connects when it is first used."""
    scheme, _, rest = url.partition("://")
    return Redis.from_url(
        f"{scheme.replace('valkey', 'redis')}://{rest}",
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=30,
    )
