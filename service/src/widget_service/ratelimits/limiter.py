"""The limiter: the shared counter where there is one and it answers, else this process's own."""

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import structlog

from widget_service.errors import Unavailable
from widget_service.ratelimits.memory import RateCounter
from widget_service.ratelimits.rate import Rate, Standing
from widget_service.ratelimits.valkey import CounterUnavailable, ValkeyCounter

if TYPE_CHECKING:
    from widget_service.settings import Settings

DOWN_S = 5.0
"""A shared counter that failed is left alone for so long."""

log = structlog.get_logger("widget_service.ratelimits")


class SharedCounter(Protocol):
    """A counter that several processes use."""

    async def hit(self, rates: Sequence[Rate]) -> tuple[bool, list[Standing]]:
        """Count, as `RateCounter.hit` does; raise `CounterUnavailable`."""
        ...

    async def aclose(self) -> None:
        """Let go of it."""
        ...


class RateLimiter:
    """Counts, and says no. A shared counter that cannot be used is never a reason for an error."""

    def __init__(self, shared: SharedCounter | None = None, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._shared = shared
        self._own = RateCounter()
        self._monotonic = monotonic
        self._down_until = float("-inf")

    @property
    def is_alone(self) -> bool:
        """Whether there is a shared counter that cannot be used now."""
        return self._monotonic() < self._down_until

    async def hit(self, rates: Sequence[Rate]) -> list[Standing]:
        """Count once for each of ``rates``; raise ``RATE_LIMITED``, without counting, where one is used up."""
        is_free, standings = await self._count(rates)
        if not is_free:
            raise _refused([standing for standing in standings if standing.remaining < standing.rate.times], standings)
        return standings

    async def aclose(self) -> None:
        """Let go of the shared counter."""
        if self._shared is not None:
            await self._shared.aclose()

    async def _count(self, rates: Sequence[Rate]) -> tuple[bool, list[Standing]]:
        now = self._monotonic()
        if self._shared is not None and now >= self._down_until:
            try:
                return await self._shared.hit(rates)
            except CounterUnavailable as error:
                if now >= self._down_until:  # of several that failed at once, the first says so
                    log.warning("ratelimits.store.unavailable", reason=str(error))
                self._down_until = now + DOWN_S
        return self._own.hit(rates, now)


def limiter_of(settings: "Settings") -> RateLimiter:
    """Return the limiter of a process: with the others that share its ``CACHE_URL``, or alone."""
    if settings.cache_url is None:
        return RateLimiter()
    from widget_service.valkey import valkey_client

    return RateLimiter(ValkeyCounter(valkey_client(settings.cache_url.get_secret_value())))


def rate_headers(standings: Sequence[Standing]) -> list[tuple[str, str]]:
    """Return ``RateLimit-Policy`` and ``RateLimit`` (draft-ietf-httpapi-ratelimit-headers-10)."""
    policies = ", ".join(f'"{standing.rate.name}";q={standing.rate.limit};w=60' for standing in standings)
    states = ", ".join(
        f'"{standing.rate.name}";r={standing.remaining};t={math.ceil(standing.resets_in_s)}' for standing in standings
    )
    return [("RateLimit-Policy", policies), ("RateLimit", states)]


def _refused(used_up: Sequence[Standing], standings: Sequence[Standing]) -> Unavailable:
    wait_s = max(1, math.ceil(max(standing.resets_in_s for standing in used_up)))
    named = " and ".join(f"{standing.rate.limit} a minute for this {standing.rate.name}" for standing in used_up)
    return Unavailable(
        "RATE_LIMITED",
        f"There were too many calls: {named}. Try again in {wait_s} s.",
        headers=[("Retry-After", str(wait_s)), *rate_headers(standings)],
    )
