"""What is kept in memory stays within its bounds, and what waits for a fetch is told what became of it."""

import asyncio

import pytest

from widget_service.caching.directives import RequestDirectives
from widget_service.caching.engine import HttpCache, NotCached
from widget_service.caching.entry import Entry
from widget_service.caching.flights import REMEMBERED_S, Flights, Landing
from widget_service.caching.memory import MemoryStore
from widget_service.caching.request import CacheRequest, How
from widget_service.caching.storing import Terms


def entry(size: int = 1000) -> Entry:
    return Entry(200, (), b"x" * size, Terms(60, 0), "u", "")


def test_what_was_not_used_for_longest_goes_first():
    store = MemoryStore(3 * entry().size)
    for key in (b"a", b"b", b"c"):
        store.put(key, entry())
    assert store.get(b"a") is not None
    store.put(b"d", entry())
    assert [key for key in (b"a", b"b", b"c", b"d") if store.get(key)] == [b"a", b"c", b"d"]
    assert store.usage.bytes == 3 * entry().size


def test_what_is_larger_than_all_the_room_is_not_kept_and_takes_nobodys():
    store = MemoryStore(3 * entry().size)
    store.put(b"a", entry())
    store.put(b"b", entry(10_000))
    assert (store.get(b"a") is not None, store.get(b"b")) == (True, None)


def test_a_newer_entry_takes_the_place_of_the_older():
    store = MemoryStore(10_000)
    for _ in range(50):
        store.put(b"a", entry())
    assert store.usage == (1, entry().size)
    store.drop(b"a")
    store.drop(b"a")
    assert store.usage == (0, 0)


def test_what_a_template_made_counts_and_never_beyond_the_bounds():
    store, kept = MemoryStore(2 * entry().size), entry()
    store.put(b"a", kept)
    store.grow(b"a", kept, 100)
    store.grow(b"a", kept, 10**6)
    store.grow(b"b", kept, 100)
    assert store.usage.bytes == kept.size == entry().size + 100


@pytest.mark.parametrize(
    ("outcome", "is_worth"), [(Landing.NOT_KEPT, False), (Landing.GIVEN_UP, True), (Landing.SLOW, True)]
)
async def test_only_what_cannot_be_kept_is_remembered_and_for_a_while(outcome, is_worth):
    now = 0.0
    flights = Flights(lambda: now)
    flights.begin(b"a").land(outcome)
    assert flights.of(b"a") is None
    assert flights.is_worth_waiting(b"a") is is_worth
    now = REMEMBERED_S
    assert flights.is_worth_waiting(b"a")


async def test_the_first_word_of_a_fetch_counts():
    flight = Flights().begin(b"a")
    waiting = asyncio.create_task(flight.wait(5))
    await asyncio.sleep(0)
    kept = entry()
    flight.land(kept)
    flight.land(Landing.GIVEN_UP)
    assert await waiting is await flight.wait(0) is kept


async def test_nobody_waits_longer_than_it_may():
    flight = Flights().begin(b"a")
    assert await flight.wait(0.01) is None
    flight.land(Landing.GIVEN_UP)


class Slow:
    """An answer whose body comes when its reader asks, in two parts."""

    status, has_ended, is_delimited, was_redirected, content_length = 200, False, True, False, None

    def __init__(self) -> None:
        self.headers = [("Cache-Control", "max-age=60")]
        self.is_closed = False

    def aiter_bytes(self):
        async def parts():
            yield b"one "
            yield b"two"

        return parts()

    async def aclose(self):
        self.is_closed = True


async def test_nobody_waits_long_for_a_body_whose_reader_is_slow(monkeypatch):
    monkeypatch.setattr("widget_service.caching.engine.SLOW_READER_S", 0.02)
    cache, calls = HttpCache(max_bytes=10**6, max_entry_bytes=10**5), []

    async def fetch(conditions):
        calls.append(conditions)
        return Slow()

    def request():
        return CacheRequest(key=b"k", uri_of=lambda: "u")

    first = await cache.answer(request(), fetch, None)  # and is not read
    second = await asyncio.wait_for(cache.answer(request(), fetch, None), 2)
    assert (first.how, second.how, len(calls)) == (How.MISS, How.MISS, 2)
    assert b"".join([part async for part in first.answer.aiter_bytes()]) == b"one two"
    assert cache.hit(request()).answer.read_now() == b"one two"  # whole after all
    await second.answer.aclose()
    await cache.aclose()


async def test_who_leaves_a_body_unread_lets_another_fetch():
    cache, calls = HttpCache(max_bytes=10**6, max_entry_bytes=10**5), []

    async def fetch(conditions):
        calls.append(conditions)
        return Slow()

    request = CacheRequest(key=b"k", uri_of=lambda: "u")
    first = await cache.answer(request, fetch, None)
    waiting = asyncio.create_task(cache.answer(request, fetch, None))
    await asyncio.sleep(0)
    await first.answer.aclose()
    assert (await asyncio.wait_for(waiting, 1)).how is How.MISS
    assert len(calls) == 2
    await (await waiting).answer.aclose()
    await cache.aclose()


async def test_a_kept_answer_alone_may_be_wanted():
    cache = HttpCache(max_bytes=10**6, max_entry_bytes=10**5)
    request = CacheRequest(key=b"k", uri_of=lambda: "u", directives=RequestDirectives(only_if_cached=True))
    with pytest.raises(NotCached):
        await cache.answer(request, None, None)
