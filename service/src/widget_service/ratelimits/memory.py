"""Counting in this process, without I/O: time is passed in, and what is kept is bounded."""

from collections import OrderedDict
from collections.abc import Sequence

from widget_service.ratelimits.rate import WINDOW_S, Rate, Standing

MAX_KEYS = 100_000


Minutes = OrderedDict[str, tuple[float, int]]
"""By key, the end of each minute and the count in it; minutes end in the order in which they stand here."""


class RateCounter:
    """Counts by key. The oldest minutes of a pool are forgotten first, the more so where it has ``max_keys``."""

    def __init__(self, *, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self._pools: dict[str, Minutes] = {}

    def hit(self, rates: Sequence[Rate], now: float) -> tuple[bool, list[Standing]]:
        """Count for each of ``rates``, or for none where one is used up; return which, and how all stand."""
        if any(rate.pool not in self._pools for rate in rates):
            self._sweep(now)
        pools = [self._pool(rate.pool, now) for rate in rates]
        counts = [pool.get(rate.key, (now + WINDOW_S, 0)) for rate, pool in zip(rates, pools, strict=True)]
        is_free = all(count + rate.times <= rate.limit for rate, (_, count) in zip(rates, counts, strict=True))
        if is_free:
            for rate, pool, (ends_at, count) in zip(rates, pools, counts, strict=True):
                pool[rate.key] = (ends_at, count + rate.times)
        standings = [
            Standing(rate, max(rate.limit - count - is_free * rate.times, 0), ends_at - now)
            for rate, (ends_at, count) in zip(rates, counts, strict=True)
        ]
        return is_free, standings

    def _pool(self, name: str, now: float) -> Minutes:
        pool = self._pools.get(name)
        if pool is None:
            pool = self._pools[name] = OrderedDict()
        self._forget(pool, now)
        return pool

    def _sweep(self, now: float) -> None:
        """Let go of pools that nobody uses: they come and go with tenants, so that this is rare."""
        for name in list(self._pools):
            self._forget(self._pools[name], now)
            if not self._pools[name]:
                del self._pools[name]

    def _forget(self, minutes: Minutes, now: float) -> None:
        while minutes:
            key = next(iter(minutes))
            if minutes[key][0] > now and len(minutes) < self._max_keys:
                return
            del minutes[key]

    def __len__(self) -> int:
        return sum(map(len, self._pools.values()))
