"""Both clients behind one face, so that a test can hold for either."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import widget_service_sdk
import widget_service_sdk.sync

both_clients = pytest.mark.parametrize("blocking", [False, True], ids=["async", "blocking"])


def with_sdk(blocking: bool, settings: dict[str, Any], use: Callable[[Any, Callable[[Any], Any]], Any]) -> Any:
    """Runs ``use(connectors, wait)`` with an open client.

    ``use`` is written for the asynchronous client with ``wait(...)`` in the place of ``await``; it runs in a thread of
    its own then, so that ``wait`` may block.
    """
    if blocking:
        with widget_service_sdk.sync.WidgetServiceSDK(**settings) as sdk:
            return use(sdk.connectors, lambda value: value)
    return asyncio.run(_with_async_sdk(settings, use))


async def _with_async_sdk(settings: dict[str, Any], use: Callable[[Any, Callable[[Any], Any]], Any]) -> Any:
    loop = asyncio.get_running_loop()

    def wait(awaitable: Awaitable[Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(_awaited(awaitable), loop).result()

    async with widget_service_sdk.WidgetServiceSDK(**settings) as sdk:
        return await asyncio.to_thread(use, sdk.connectors, wait)


async def _awaited(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


def execute(blocking: bool, base_url: str, *, timeout: float = 5000, **options: Any) -> Any:
    """One GET of the connector ``weather-api`` by a new client."""
    options = {"permalink": "weather-api", "method": "GET", **options}
    settings = {"base_url": base_url, "timeout": timeout}
    return with_sdk(blocking, settings, lambda connectors, wait: wait(connectors.execute(options)))
