"""``python -m bench.cache_rate``: how often a kept answer is found, and what the memory for them really is.

Calls follow Zipf's law: the answer of rank r is asked for in proportion to 1/r, as pages on the Web are.
"""

import asyncio
import gc
import itertools
import os
import random
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import NoReturn

from bench.proc import resident_mib
from bench.report.markdown import number, table
from widget_service.caching.answers import Answer
from widget_service.caching.engine import HttpCache
from widget_service.caching.headers import Pair
from widget_service.caching.request import CacheRequest, How

ANSWERS = 20_000
CALLS = 200_000
BODY_BYTES = 4096
MIB = 1024 * 1024


@dataclass(slots=True)
class _Fetched:
    """A fresh answer of the destination that is there already."""

    body: bytes
    headers: list[Pair]
    status: int = 200
    has_ended: bool = True
    is_delimited: bool = True
    was_redirected: bool = False
    content_length: str | None = None

    def read_now(self) -> bytes:
        """Return the body."""
        return self.body

    async def read(self, limit: int) -> bytes:
        """Return the body."""
        return self.body

    def aiter_bytes(self) -> AsyncGenerator[bytes]:
        """Nobody reads it in parts."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """There is nothing to end."""


def main() -> int:
    """Print a table; return the exit code."""
    asyncio.run(_run())
    return 0


async def _run() -> None:
    ranks = range(1, ANSWERS + 1)
    asked = random.Random(1).choices(ranks, cum_weights=list(itertools.accumulate(1 / r for r in ranks)), k=CALLS)
    rows = [await _row(max_mib, asked) for max_mib in (4, 16, 64, 128)]
    print(f"{CALLS:,} calls for {ANSWERS:,} answers of {BODY_BYTES} bytes, by Zipf's law\n")
    print(table(["`CACHE_MAX_BYTES`, MiB", "found", "kept", "counted MiB", "grown by MiB", "µs a call"], rows))


async def _row(max_mib: int, asked: list[int]) -> list[str]:
    gc.collect()
    before = resident_mib(os.getpid())[0]
    cache, hits = HttpCache(max_bytes=max_mib * MIB, max_entry_bytes=MIB), 0
    started = perf_counter()
    for rank in asked:
        request = CacheRequest(key=rank.to_bytes(32), uri_of=partial(str, rank))
        result = cache.hit(request) or await cache.answer(request, _fetch, _never)
        hits += result.how is How.HIT
    spent_us = (perf_counter() - started) * 1e6 / len(asked)
    grown = resident_mib(os.getpid())[0] - before
    counted = cache.usage.bytes / MIB
    return [
        str(max_mib),
        f"{hits / len(asked):.0%}",
        f"{cache.usage.entries:,}",
        number(counted),
        number(grown),
        number(spent_us),
    ]


async def _fetch(_: list[Pair]) -> Answer:
    headers = [("Content-Type", "application/json"), ("Cache-Control", "max-age=600"), ("ETag", f'"{random.random()}"')]
    return _Fetched(random.randbytes(BODY_BYTES), headers)


def _never() -> NoReturn:
    raise AssertionError("nothing here is renewed in the background")


if __name__ == "__main__":
    sys.exit(main())
