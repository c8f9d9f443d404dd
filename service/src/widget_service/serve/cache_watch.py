"""Whether the server that processes share is there, asked now and then; what uses it goes on without it."""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

import structlog

from widget_service.conditions import Conditions, Part
from widget_service.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

INTERVAL_S: Final = 2.0
LIMIT_S: Final = 1.0

log = structlog.get_logger("widget_service.serve")


class CacheWatch:
    """Asks the server of ``CACHE_URL`` every ``interval_s``; does nothing where none is set up."""

    def __init__(self, settings: Settings, conditions: Conditions, interval_s: float = INTERVAL_S) -> None:
        self._conditions, self._interval_s = conditions, interval_s
        self._client = _client(settings)
        self._works = True
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to ask."""
        if self._client is not None:
            self._task = asyncio.create_task(self._run(self._client))

    async def stop(self) -> None:
        """Ask no longer."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._client is not None:
            await self._client.aclose()

    async def _run(self, client: "Redis") -> None:
        while True:
            reason = await _problem(client)
            if (reason is None) is not self._works:
                self._works = reason is None
                self._tell(reason)
            self._conditions.note(Part.CACHE, works=self._works)
            await asyncio.sleep(self._interval_s)

    def _tell(self, reason: str | None) -> None:
        if reason is None:
            log.info("cache.recovered")
        else:
            log.warning("cache.unavailable", reason=reason)


def _client(settings: Settings) -> "Redis | None":
    if settings.cache_url is None:
        return None
    from widget_service.valkey import valkey_client

    return valkey_client(settings.cache_url.get_secret_value())


async def _problem(client: "Redis") -> str | None:
    from widget_service.valkey import reason_of

    try:
        async with asyncio.timeout(LIMIT_S):
            await client.ping()
    except Exception as error:  # noqa: BLE001 - whatever the client does wrong, it is asked again
        return reason_of(error)
    return None
