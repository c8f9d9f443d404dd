"""Counting in Valkey or Redis: one script, which counts for all rates of a call or for none."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from widget_service.ratelimits.rate import WINDOW_S, Rate, Standing

if TYPE_CHECKING:
    from redis.asyncio import Redis

PREFIX = "widget-service:rate"
OPERATION_S = 1.0
"""A call waits no longer for its count."""

_HIT = """
local free = 1
local found = {}
for i, key in ipairs(KEYS) do
  local count = tonumber(redis.call('GET', key) or '0')
  local ttl = redis.call('PTTL', key)
  if ttl < 0 then ttl = tonumber(ARGV[1]) end
  if count + tonumber(ARGV[2 * i + 1]) > tonumber(ARGV[2 * i]) then free = 0 end
  found[i] = {count, ttl}
end
if free == 1 then
  for i, key in ipairs(KEYS) do
    redis.call('INCRBY', key, ARGV[2 * i + 1])
    if found[i][1] == 0 then redis.call('PEXPIRE', key, ARGV[1]) end
  end
end
return {free, found}
"""


class CounterUnavailable(Exception):
    """The counts cannot be had now; the message is for the log and holds no secret."""


class ValkeyCounter:
    """Counts for all processes that share a server. Names of callers are there as digests only."""

    def __init__(self, client: "Redis") -> None:
        self._client = client
        self._script = client.register_script(_HIT)

    async def hit(self, rates: Sequence[Rate]) -> tuple[bool, list[Standing]]:
        """Count, as `RateCounter.hit` does; raise `CounterUnavailable`."""
        from widget_service.valkey import reason_of

        try:
            async with asyncio.timeout(OPERATION_S):
                free, found = await self._script(
                    keys=[
                        f"{PREFIX}:{sha256(rate.key.encode('utf-8', 'surrogatepass')).hexdigest()}" for rate in rates
                    ],
                    args=[int(WINDOW_S * 1000), *(each for rate in rates for each in (rate.limit, rate.times))],
                )
        except Exception as error:  # noqa: BLE001 - whatever a store does is never a reason for an error
            raise CounterUnavailable(reason_of(error)) from None
        is_free = bool(free)
        return is_free, [
            Standing(rate, max(rate.limit - int(count) - is_free * rate.times, 0), int(ttl_ms) / 1000)
            for rate, (count, ttl_ms) in zip(rates, found, strict=True)
        ]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()
