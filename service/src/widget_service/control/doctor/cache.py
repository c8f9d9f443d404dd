"""What processes share beside the database: a Valkey or Redis server, where one is set up."""

import asyncio
from collections.abc import Iterator

from widget_service.control.doctor.finding import Finding, good, wrong
from widget_service.settings import Settings

LIMIT_S = 5.0


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
            f"the server of CACHE_URL cannot be used: {problem}; each process keeps tokens and answers by itself",
            "start it, or mend WIDGET_SERVICE_CACHE_URL; without the setting, processes share by the database",
        )


async def _problem(url: str) -> str | None:
    from widget_service.valkey import reason_of, valkey_client

    client = valkey_client(url)
    try:
        async with asyncio.timeout(LIMIT_S):
            await client.ping()
    except Exception as error:  # noqa: BLE001 - whatever the client does wrong, the examination goes on
        return reason_of(error)
    finally:
        await client.aclose()
    return None
