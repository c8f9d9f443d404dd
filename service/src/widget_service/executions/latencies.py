"""Latencies as counts between fixed bounds, which can be added up over connectors, minutes and processes."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

BOUNDS_MS: Final = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000)
"""Upper bounds; what is slower is counted behind the last."""

SLOWEST_MS: Final = 30_000
"""What stands for the upper bound of the last count: an execution ends before."""

COUNTS: Final = len(BOUNDS_MS) + 1


def index_of(milliseconds: float) -> int:
    """Return the index of the count that a latency belongs to."""
    return bisect_left(BOUNDS_MS, milliseconds)


def percentile_ms(counts: Sequence[int], share: float) -> float | None:
    """Return the latency that ``share`` (0 to 1) of the calls keep, between two bounds by proportion; None for none."""
    total = sum(counts)
    if not total:
        return None
    wanted, seen = share * total, 0
    for index, count in enumerate(counts):
        if count and seen + count >= wanted:
            lower = BOUNDS_MS[index - 1] if index else 0
            upper = BOUNDS_MS[index] if index < len(BOUNDS_MS) else SLOWEST_MS
            return round(lower + (upper - lower) * (wanted - seen) / count, 2)
        seen += count
    return float(SLOWEST_MS)
