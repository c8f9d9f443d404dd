"""The limiter in words and headers, and over a real server that is shared, stands still, or is gone."""

import asyncio
import time

import pytest

from widget_service.errors import Unavailable
from widget_service.ratelimits.limiter import DOWN_S, RateLimiter, rate_headers
from widget_service.ratelimits.rate import Rate
from widget_service.ratelimits.valkey import OPERATION_S, ValkeyCounter
from widget_service.valkey import valkey_client


def rate(limit: int = 2, key: str = "k", name: str = "connector") -> Rate:
    return Rate(name, key, limit)


async def test_too_many_are_told_when_to_come_again():
    now = [0.0]
    limiter = RateLimiter(monotonic=lambda: now[0])
    for _ in range(2):
        await limiter.hit([rate()])
    now[0] = 17.5
    with pytest.raises(Unavailable) as caught:
        await limiter.hit([rate(10, "t", "tenant"), rate()])
    assert (caught.value.code, caught.value.status) == ("RATE_LIMITED", 429)
    assert dict(caught.value.headers) == {
        "Retry-After": "43",
        "RateLimit-Policy": '"tenant";q=10;w=60, "connector";q=2;w=60',
        "RateLimit": '"tenant";r=10;t=60, "connector";r=0;t=43',
    }
    assert "2 a minute for this connector" in caught.value.detail


async def test_what_is_left_is_told_too():
    standings = await RateLimiter(monotonic=lambda: 0.0).hit([rate()])
    assert rate_headers(standings) == [
        ("RateLimit-Policy", '"connector";q=2;w=60'),
        ("RateLimit", '"connector";r=1;t=60'),
    ]


@pytest.fixture
def redis_server(tmp_path):
    from support.redis_server import redis_server

    with redis_server(tmp_path) as server:
        yield server


async def taken(limiter: RateLimiter, rates: list[Rate], times: int) -> int:
    """Return how many of so many calls at once were let through."""
    done = await asyncio.gather(*(limiter.hit(rates) for _ in range(times)), return_exceptions=True)
    assert all(isinstance(each, list | Unavailable) for each in done), done
    return sum(isinstance(each, list) for each in done)


async def test_processes_count_together(redis_server):
    one, other = (RateLimiter(ValkeyCounter(valkey_client(redis_server.url))) for _ in range(2))
    try:
        counts = await asyncio.gather(*(taken(limiter, [rate(25)], 20) for limiter in (one, other)))
        assert sum(counts) == 25
        with pytest.raises(Unavailable) as caught:
            await other.hit([rate(25), rate(100, "wide", "tenant")])
        assert 0 < int(dict(caught.value.headers)["Retry-After"]) <= 60
        (wide,) = await one.hit([rate(100, "wide", "tenant")])
        assert wide.remaining == 99  # what was refused was not counted
    finally:
        await one.aclose()
        await other.aclose()


async def test_a_name_of_a_caller_is_not_written_there(redis_server):
    limiter = RateLimiter(ValkeyCounter(valkey_client(redis_server.url)))
    try:
        await limiter.hit([rate(key="caller\nacme\nuser\nanna@example.com")])
        with redis_server.client() as client:
            keys = client.keys("*")
            assert len(keys) == 1
            assert b"anna" not in keys[0]
            assert 0 < client.pttl(keys[0]) <= 60_000
    finally:
        await limiter.aclose()


async def test_a_server_that_is_gone_or_stands_still_is_no_error_and_costs_one_call_little(redis_server):
    now = [0.0]
    limiter = RateLimiter(ValkeyCounter(valkey_client(redis_server.url)), monotonic=lambda: now[0])
    try:
        await limiter.hit([rate()])
        with redis_server.standing_still():
            before = time.monotonic()
            assert await taken(limiter, [rate()], 1) == 1
            assert time.monotonic() - before < OPERATION_S + 10
            assert await taken(limiter, [rate()], 3) == 1  # this process goes on alone: two a minute
        redis_server.stop()
        now[0] += DOWN_S
        assert await taken(limiter, [rate(key="other")], 3) == 2
        redis_server.start()
        now[0] += DOWN_S
        assert await taken(limiter, [rate(key="third")], 3) == 2
        with redis_server.client() as client:
            assert len(client.keys("*")) == 1
    finally:
        await limiter.aclose()
