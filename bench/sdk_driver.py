"""Calls the origin through one Python client, and prints the CPU time that a call took this process.

Arguments: which client, the origin's URL, how many calls. What the SDK sends and what the bare client sends are alike.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import httpx2

from bench.origin import KEY, KEY_HEADER, SDK_PATH
from widget_service_sdk import WidgetServiceSDK
from widget_service_sdk.sync import WidgetServiceSDK as BlockingSDK

WARM_UP_CALLS = 50
HEADERS = {KEY_HEADER: KEY, "Accept": "application/json", "Content-Type": "application/json"}
TIMEOUT_S = 30
_NS_PER_US = 1000
_NS_PER_S = 1_000_000_000


class _Meter:
    """Prints what the calls between `start` and `stop` have cost."""

    def start(self) -> None:
        self._cpu_ns, self._wall_ns = time.process_time_ns(), time.perf_counter_ns()

    def stop(self, count: int) -> None:
        cpu_ns, wall_ns = time.process_time_ns() - self._cpu_ns, time.perf_counter_ns() - self._wall_ns
        print(json.dumps({"cpu_us": cpu_ns / count / _NS_PER_US, "rps": count * _NS_PER_S / wall_ns}))


async def _bare(origin: str, count: int) -> None:
    async with httpx2.AsyncClient(headers=HEADERS, timeout=TIMEOUT_S, trust_env=False) as client:

        async def call() -> object:
            return (await client.get(origin + SDK_PATH)).raise_for_status().json()

        await _repeat(call, count)


async def _sdk(origin: str, count: int) -> None:
    async with WidgetServiceSDK(base_url=origin, headers=HEADERS) as sdk:
        await _repeat(lambda: sdk.connectors.execute(permalink="get", method="GET"), count)


async def _repeat(call: Callable[[], Coroutine[Any, Any, object]], count: int) -> None:
    meter = _Meter()
    for number in range(WARM_UP_CALLS + count):
        if number == WARM_UP_CALLS:
            meter.start()
        await call()
    meter.stop(count)


def _bare_blocking(origin: str, count: int) -> None:
    with httpx2.Client(headers=HEADERS, timeout=TIMEOUT_S, trust_env=False) as client:
        _repeat_blocking(lambda: client.get(origin + SDK_PATH).raise_for_status().json(), count)


def _sdk_blocking(origin: str, count: int) -> None:
    with BlockingSDK(base_url=origin, headers=HEADERS) as sdk:
        _repeat_blocking(lambda: sdk.connectors.execute(permalink="get", method="GET"), count)


def _repeat_blocking(call: Callable[[], object], count: int) -> None:
    meter = _Meter()
    for number in range(WARM_UP_CALLS + count):
        if number == WARM_UP_CALLS:
            meter.start()
        call()
    meter.stop(count)


CLIENTS: Mapping[str, Callable[[str, int], None]] = {
    "widget-service-sdk": lambda origin, count: asyncio.run(_sdk(origin, count)),
    "httpx2": lambda origin, count: asyncio.run(_bare(origin, count)),
    "widget-service-sdk-blocking": _sdk_blocking,
    "httpx2-blocking": _bare_blocking,
}

if __name__ == "__main__":
    _, _client, _origin, _count = sys.argv
    CLIENTS[_client](_origin, int(_count))
