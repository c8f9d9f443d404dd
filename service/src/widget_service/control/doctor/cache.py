"""What processes share beside the database: a Valkey or Redis server, where one is set up."""

import asyncio
from collections.abc import Iterator

from widget_service.control.doctor.finding import Finding, good, wrong
from widget_service.settings import Settings


def findings(settings: Settings) -> Iterator[Finding]:
    """Ask the server whether it is there; nothing is yielded where none is set up."""
    if settings.cache_url is None:
        return
    problem = asyncio.run(_problem(settings.cache_url.get_secret_value()))
    if problem is None:
        yield good("cache", "the server of CACHE_URL answers")
    else:
        yield wrong(
            "cache",
            f"the server of CACHE_URL does not answer ({problem}): each process keeps tokens by itself",
            "start it, or mend WIDGET_SERVICE_CACHE_URL; without the setting, processes share by the database",
        )


async def _problem(url: str) -> str | None:
    from redis.exceptions import RedisError

    from widget_service.valkey import valkey_client

    client = valkey_client(url)
    try:
        await client.ping()
    except (RedisError, OSError, ValueError) as error:
        return type(error).__name__  # the message may hold the address with its password
    finally:
        await client.aclose()
    return None
