"""Kept answers that processes share through Valkey or Redis: one call, purges and changes everywhere, bad values."""

import asyncio
import itertools
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from support.installation import make_installation, serving, serving_by
from support.redis_server import RedisServer, redis_server
from support.upstream import Reply
from widget_service.caching.directives import RequestDirectives
from widget_service.caching.engine import HttpCache
from widget_service.caching.flights import Landing
from widget_service.caching.request import CacheRequest, How
from widget_service.caching.sealing import EntrySeal
from widget_service.caching.valkey import LEASE_S, PREFIX, ValkeyEntries
from widget_service.errors import UpstreamError
from widget_service.valkey import valkey_client
from widget_service.vault import MasterKeys
from widget_service.vault.master_keys import MasterKey

LATE_S = 10
"""By so much a busy machine may be late."""
PATH = "/widget-service/connectors/{}/execute"
FRESH = {"Content-Type": "application/json", "Cache-Control": "max-age=60"}
KEYS = MasterKeys([MasterKey.create()])


@pytest.fixture
def redis(tmp_path):
    folder = tmp_path / "redis"
    folder.mkdir()
    with redis_server(folder) as server:
        yield server


def counting(headers=FRESH, before=None):
    numbers = itertools.count(1)
    return lambda _: Reply(200, f'{{"number": {next(numbers)}}}'.encode(), headers, before)


def how(answer) -> str:
    return answer.headers["server-timing"].split('cache;desc="')[1].split('"')[0]


class Fetched:
    """An answer that is there already."""

    has_ended = is_delimited = True
    was_redirected = False
    content_length = None
    status = 200

    def __init__(self, headers=FRESH, body=b"[1]"):
        self.headers, self._body = list(headers.items()), body

    def read_now(self):
        return self._body

    async def read(self, limit):
        return self._body

    async def aclose(self):
        pass


class Process:
    """The cache of one process on the shared store, and how often it has asked the destination."""

    def __init__(self, redis: RedisServer, keys: MasterKeys = KEYS, headers=FRESH) -> None:
        self.entries = ValkeyEntries(valkey_client(redis.url), EntrySeal(keys))
        self.cache = HttpCache(max_bytes=10**6, max_entry_bytes=10**5, shared=self.entries)
        self.headers, self.calls, self.gate = headers, 0, None

    async def get(self, key: str = "k") -> How:
        request = CacheRequest(key=key.encode(), uri_of=lambda: f"u:{key}")
        result = self.cache.hit(request) or await self.cache.answer(request, self._fetch, None)
        return result.how

    async def _fetch(self, conditions):
        self.calls += 1
        if self.gate is not None:
            await self.gate.wait()
        return Fetched(self.headers)

    async def settled(self) -> None:
        """Return when everything was written."""
        while len(self.cache._background):
            await asyncio.sleep(0.005)


async def closed(*processes: Process) -> None:
    for process in processes:
        await process.cache.aclose()


async def test_what_one_process_has_fetched_another_has(redis):
    one, two = Process(redis), Process(redis)
    assert await one.get() is How.MISS
    await one.settled()
    assert await two.get() is How.HIT
    assert two.calls == 0
    await closed(one, two)


async def test_processes_that_ask_at_once_make_one_call(redis, monkeypatch):
    monkeypatch.setattr("widget_service.caching.valkey.OPERATION_S", 30)  # on a busy machine, one would do without
    processes = [Process(redis) for _ in range(3)]
    gate = asyncio.Event()
    for process in processes:
        process.gate = gate
    waiting = [asyncio.create_task(process.get()) for process in processes for _ in range(20)]
    while not sum(process.calls for process in processes):
        await asyncio.sleep(0.005)
    gate.set()
    told = Counter(await asyncio.gather(*waiting))
    assert sum(process.calls for process in processes) == 1
    assert told[How.MISS] == 1
    await closed(*processes)


async def test_processes_do_not_wait_for_what_cannot_be_kept(redis):
    processes = [Process(redis, headers={}) for _ in range(2)]
    started = time.monotonic()
    assert {await process.get() for process in processes} == {How.MISS}
    await asyncio.gather(*(process.get() for process in processes for _ in range(10)))
    assert time.monotonic() - started < LEASE_S
    await closed(*processes)


async def test_a_killed_process_is_survived_within_its_lease(redis):
    dead, living = Process(redis), Process(redis)
    assert await dead.entries.claim(b"k", _nothing, 0) is None  # and never heard of again
    async with asyncio.timeout(LEASE_S + LATE_S):
        assert await living.get() is How.MISS
    await closed(dead, living)


async def _nothing():
    return None


async def test_who_renews_in_the_background_does_not_wait(redis):
    one, two = Process(redis), Process(redis)
    assert await one.entries.claim(b"k", _nothing, 0) is None
    assert await two.entries.claim(b"k", _nothing, 0) is Landing.SLOW
    await closed(one, two)


async def test_a_change_ends_what_other_processes_keep(redis):
    one, two = Process(redis), Process(redis)
    await one.get()
    await one.settled()
    await two.get()
    await one.cache.note_exchange("", "POST", "u:k", 200, [])
    assert await one.get() is How.MISS
    await one.settled()
    two.cache._now = lambda: time.time() + two.entries.trusted_s  # a second later
    assert await two.get() is How.HIT
    assert two.calls == 0  # the newer one, from the store
    await closed(one, two)


async def test_a_look_that_was_under_way_during_a_change_brings_nothing_back(redis):
    one = Process(redis)
    await one.get()
    await one.settled()
    one.cache._now = lambda: time.time() + one.entries.trusted_s
    looked = await one.entries.get(b"k", "u:k")

    async def get_late(key, uri):
        await one.cache.note_exchange("", "POST", "u:k", 200, [])
        one.entries.get = get
        return looked  # as it was before

    get, one.entries.get = one.entries.get, get_late
    assert await one.get() is How.MISS
    await closed(one)


async def test_an_answer_that_is_not_kept_ends_the_older_one_everywhere(redis):
    one, two = Process(redis), Process(redis)
    await one.get()
    await one.settled()
    one.headers = {"Cache-Control": "no-store"}
    request = CacheRequest(key=b"k", uri_of=lambda: "u:k", directives=RequestDirectives(no_cache=True))
    await one.cache.answer(request, one._fetch, None)
    await one.settled()
    assert [await one.get(), await two.get()] == [How.MISS, How.MISS]
    await closed(one, two)


async def test_a_clock_that_is_set_back_lets_no_copy_be_trusted_for_longer(redis):
    one, two = Process(redis), Process(redis)
    await one.get()
    await one.settled()
    await two.cache.note_exchange("", "POST", "u:k", 200, [])
    one.cache._now = lambda: time.time() - 30
    assert await one.get() is How.MISS
    await closed(one, two)


async def test_one_tries_a_store_that_has_hung_and_the_others_do_without(redis):
    one = Process(redis)
    await one.get()
    await one.settled()
    with redis.standing_still():
        await one.get("a")
        await one.settled()
        one.entries._down_until = time.monotonic()  # some seconds later
        probe = asyncio.create_task(one.get("b"))
        await asyncio.sleep(0)
        assert await asyncio.gather(*(one.get(f"c{number}") for number in range(20))) == [How.MISS] * 20
        assert not probe.done()
    assert await probe is How.MISS
    await closed(one)


@pytest.mark.parametrize(
    "poison",
    [
        pytest.param(lambda sealed: b"", id="nothing"),
        pytest.param(lambda sealed: b"\x01" + os.urandom(200), id="noise"),
        pytest.param(lambda sealed: sealed[:-1], id="cut off"),
        pytest.param(lambda sealed: sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:], id="one bit"),
        pytest.param(lambda sealed: b"\x02" + sealed[1:], id="another format"),
        pytest.param(lambda sealed: b'{"status": 200, "body": "evil"}', id="plain"),
    ],
)
async def test_a_value_that_was_tampered_with_is_a_miss_and_is_logged(redis, poison, caplog, capsys):
    one, two = Process(redis), Process(redis)
    await one.get()
    await one.settled()
    with redis.client() as client:
        [name] = client.keys(f"{PREFIX}:entry:*")
        client.set(name, poison(client.get(name)))
    assert await two.get() is How.MISS
    assert "cache.entry.unreadable" in caplog.text + "".join(capsys.readouterr())
    await closed(one, two)


async def test_an_entry_that_was_moved_to_another_name_is_a_miss(redis):
    one, two = Process(redis), Process(redis)
    await one.get("a")
    await one.get("b")
    await one.settled()
    with redis.client() as client:
        first, second = client.keys(f"{PREFIX}:entry:*")
        client.set(first, client.get(second))
        client.set(second, b"x")
    assert [await two.get("a"), await two.get("b")] == [How.MISS, How.MISS]
    await closed(one, two)


async def test_values_of_another_master_key_are_a_miss(redis):
    one, two = Process(redis), Process(redis, MasterKeys([MasterKey.create()]))
    await one.get()
    await one.settled()
    assert await two.get() is How.MISS
    await closed(one, two)


async def test_a_lease_that_was_forged_delays_one_call_and_no_other(redis):
    one = Process(redis)
    with redis.client() as client:
        client.set(f"{PREFIX}:lease:{one.entries._seal.name(b'k')}", "for ever")
    async with asyncio.timeout(LEASE_S + LATE_S):
        assert await one.get() is How.MISS
    two = Process(redis, headers={})
    started = time.monotonic()
    assert await two.entries.claim(b"k", _nothing, LEASE_S) is None
    assert time.monotonic() - started < LEASE_S - 1
    await closed(one, two)


async def test_a_change_while_the_store_is_away_is_told_when_it_is_back(redis):
    one, two = Process(redis), Process(redis)
    await one.get()
    await one.settled()
    one.entries._down_until = float("inf")
    await one.cache.note_exchange("", "POST", "u:k", 200, [])
    one.entries._down_until = float("-inf")
    assert await one.get() is How.MISS
    await one.settled()
    assert await two.get() is How.HIT  # of the newer one
    await closed(one, two)


async def test_nothing_that_is_kept_can_be_read_in_the_store(redis):
    one = Process(redis)
    one.headers = {**FRESH, "X-Private": "s3cr3t-0123456789"}
    await one.get("k3y-of-an-entry")
    await one.settled()
    with redis.client() as client:
        values = [client.get(name) for name in client.keys("*")]
        assert not any(word in value for value in [*values, *client.keys("*")] for word in (b"s3cr3t", b"k3y", b"[1]"))
    await closed(one)


async def test_a_store_that_is_gone_is_no_error_and_memory_goes_on(redis):
    one = Process(redis)
    await one.get()
    redis.stop()
    assert await one.get("other") is How.MISS
    one.cache._now = lambda: time.time() + 2
    assert await one.get() is How.HIT
    await closed(one)


async def test_an_error_of_the_destination_lets_other_processes_ask(redis):
    one, two = Process(redis), Process(redis)

    async def fail(conditions):
        raise UpstreamError("UPSTREAM_UNREACHABLE", "gone")

    with pytest.raises(UpstreamError):
        await one.cache.answer(CacheRequest(key=b"k", uri_of=lambda: "u:k"), fail, None)
    await one.settled()
    started = time.monotonic()
    assert await two.get() is How.MISS
    assert time.monotonic() - started < LEASE_S - 1
    await closed(one, two)


def test_two_hundred_misses_on_three_processes_make_one_call(redis, tmp_path, upstream):
    upstream.replies["/a"] = counting(before=lambda: time.sleep(0.3))
    settings = make_installation(tmp_path, [{"name": "one", "url": f"{upstream.origin}/a"}], {})
    with (
        serving_by(3, settings, tmp_path, WIDGET_SERVICE_CACHE_URL=redis.url) as origins,
        ThreadPoolExecutor(50) as pool,
        httpx2.Client(trust_env=False, timeout=30, limits=httpx2.Limits(max_connections=200)) as client,
    ):
        calls = [pool.submit(client.get, origins[number % 3] + PATH.format("one")) for number in range(200)]
        answers = [call.result() for call in calls]
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.text for answer in answers} == {'{"number": 1}'}
    assert len(upstream.received) == 1
    assert Counter(map(how, answers))["Cache Miss"] == 1


def test_processes_serve_while_the_store_comes_and_goes(redis, tmp_path, upstream):
    upstream.replies["/a"] = counting()
    settings = make_installation(tmp_path, [{"name": "one", "url": f"{upstream.origin}/a"}], {})
    with serving(settings, tmp_path, WIDGET_SERVICE_CACHE_URL=redis.url) as (origin, _):
        assert how(httpx2.get(origin + PATH.format("one"))) == "Cache Miss"
        redis.stop()
        assert how(httpx2.get(origin + PATH.format("one") + "?q=1")) == "Cache Miss"
        assert how(httpx2.get(origin + PATH.format("one") + "?q=1")) == "Cache Hit"
