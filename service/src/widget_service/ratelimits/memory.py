"""Counting in this process, without I/O: time is passed in, and what is kept is bounded."""

from collections import OrderedDict
from collections.abc import Sequence

from widget_service.ratelimits.rate import WINDOW_S, Rate, Standing

MAX_KEYS = 100_000


class RateCounter:
    """Counts by key. The oldest minutes are forgotten first, the more so where there are more than ``max_keys``."""

    def __init__(self, *, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self._minutes: OrderedDict[str, tuple[float, int]] = OrderedDict()
        """The end of each minute, and the count in it; minutes end in the order in which they stand here."""

    def hit(self, rates: Sequence[Rate], now: float) -> tuple[bool, list[Standing]]:
        """Count for each of ``rates``, or for none where one is used up; return which, and how all stand."""
        self._forget(now)
        counts = [self._minutes.get(rate.key, (now + WINDOW_S, 0)) for rate in rates]
        is_free = all(count + rate.times <= rate.limit for rate, (_, count) in zip(rates, counts, strict=True))
        if is_free:
            for rate, (ends_at, count) in zip(rates, counts, strict=True):
                self._minutes[rate.key] = (ends_at, count + rate.times)
        standings = [
            Standing(rate, max(rate.limit - count - is_free * rate.times, 0), ends_at - now)
            for rate, (ends_at, count) in zip(rates, counts, strict=True)
        ]
        return is_free, standings

    def _forget(self, now: float) -> None:
        minutes = self._minutes
        while minutes:
            key = next(iter(minutes))
            if minutes[key][0] > now and len(minutes) < self._max_keys:
                return
            del minutes[key]

    def __len__(self) -> int:
        return len(self._minutes)
