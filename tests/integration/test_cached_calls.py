"""Executions over the cache, against a real destination: what is shared, what is not, and what is told of it."""

import asyncio
import itertools
import json
from collections import Counter

import pytest

from support.executing import executor
from support.upstream import Reply

FRESH = {"Content-Type": "application/json", "Cache-Control": "max-age=60"}


def header(answer, name):
    return next((value for header, value in answer.headers if header == name), None)


def counting(headers=FRESH, status=200):
    """Return a reply whose body is another each time."""
    numbers = itertools.count(1)
    return lambda _: Reply(status, f'{{"number": {next(numbers)}}}'.encode(), headers)


async def executed(service, permalink="one", **call):
    execution, answer = await service.execute(permalink, **call)
    return str(execution.timing.cache_result), answer


async def test_a_fresh_answer_is_not_fetched_again(upstream):
    upstream.replies["/a"] = counting()
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        first = await executed(service)
        second = await executed(service)
    assert (first[0], second[0]) == ("Cache Miss", "Cache Hit")
    assert first[1].body == second[1].body == b'{"number": 1}'
    assert len(upstream.received) == 1


async def test_the_callers_cache_is_told_the_rest_of_the_freshness(upstream):
    upstream.replies["/a"] = counting({**FRESH, "Age": "20", "Vary": "X-Team"})
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        for expected in ("Cache Miss", "Cache Hit"):
            how, answer = await executed(service, headers={"x-lang": "de"})
            assert how == expected
            told = header(answer, "Cache-Control")
            assert told in ("private, max-age=40", "private, max-age=39")
            assert header(answer, "Age") == "0"
            vary = header(answer, "Vary").lower().split(", ")
            assert {"x-path-params", "authorization", "cookie", "x-lang", "x-team"} <= set(vary)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ETag": '"1"'},
        {"Last-Modified": "Wed, 01 Jan 2020 00:00:00 GMT"},
        {"Cache-Control": "no-store, max-age=60"},
        {"Cache-Control": "private, max-age=60"},
        {"Cache-Control": "max-age=0"},
        {"Cache-Control": "no-cache"},
        {"Cache-Control": "max-age=60", "Vary": "*"},
        {"Cache-Control": "max-age=60", "Age": "61"},
    ],
)
async def test_what_may_not_be_kept_is_fetched_each_time(upstream, headers):
    upstream.replies["/a"] = counting({"Content-Type": "application/json", **headers})
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        assert [(await executed(service))[0] for _ in range(3)] == ["Cache Miss"] * 3
    assert len(upstream.received) == 3


@pytest.mark.parametrize("status", [203, 404, 410, 500])
async def test_other_statuses_are_kept_where_the_setting_says_so(upstream, status):
    upstream.replies["/a"] = counting(status=status)
    connectors = [{"name": "one", "url": f"{upstream.origin}/a"}]
    async with executor(connectors) as service:
        assert [(await executed(service))[0] for _ in range(2)] == ["Cache Miss"] * 2
    async with executor(connectors, cache_any_status=True) as service:
        assert [(await executed(service))[0] for _ in range(2)] == ["Cache Miss", "Cache Hit"]


async def test_a_stale_answer_is_asked_for_by_its_validators_and_used_again(upstream):
    def reply(request):
        if request.headers.get("if-none-match") == '"1"':
            return Reply(304, b"", {"ETag": '"1"', "Cache-Control": "max-age=0"})
        return Reply(200, b"[1]", {"Content-Type": "application/json", "ETag": '"1"', "Cache-Control": "max-age=0"})

    upstream.replies["/a"] = reply
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        first, second = await executed(service), await executed(service)
    assert (first[0], second[0]) == ("Cache Miss", "Cache Revalidated")
    assert (second[1].status, second[1].body) == (200, b"[1]")


async def test_callers_conditions_are_never_passed_on(upstream):
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        await service.execute(headers={"if-none-match": '"1"', "if-modified-since": "x", "range": "bytes=0-1"})
    assert not {"if-none-match", "if-modified-since", "range"} & set(upstream.last.headers)


@pytest.mark.parametrize(
    ("directive", "how"),
    [
        ("no-cache", "Cache Miss"),
        ("max-age=0", "Cache Miss"),
        ("min-fresh=120", "Cache Miss"),
        ("max-age=60", "Cache Hit"),
        ("only-if-cached", "Cache Hit"),
    ],
)
async def test_a_caller_may_ask_for_a_newer_answer(upstream, directive, how):
    upstream.replies["/a"] = counting()
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        await service.execute()
        assert (await executed(service, headers={"cache-control": directive}))[0] == how


async def test_a_template_runs_per_caller_over_a_kept_answer(upstream):
    upstream.replies["/a"] = counting()
    template = "{{ (response.body | from_json).number }} {{ now() }}"
    async with executor([{"name": "one", "url": f"{upstream.origin}/a", "response_body": template}]) as service:
        (_, first), (how, second) = await executed(service), await executed(service)
        kept, _ = await service.execute()
    assert how == "Cache Hit"
    assert first.body.split()[0] == second.body.split()[0] == b"1"
    assert kept.memo is None


async def test_what_a_template_made_of_the_answer_alone_is_made_once(upstream):
    upstream.replies["/a"] = counting()
    template = "{{ (response.body | from_json).number + 1 }}"
    async with executor([{"name": "one", "url": f"{upstream.origin}/a", "response_body": template}]) as service:
        await service.execute()
        execution, answer = await service.execute()
    assert answer.body == b"2"
    assert execution.upstream_body is None  # it was not looked at again
    assert len(upstream.received) == 1


async def test_two_hundred_at_once_make_one_call(upstream):
    upstream.replies["/a"] = counting()
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        results = await asyncio.gather(*(executed(service) for _ in range(200)))
    assert Counter(how for how, _ in results) == {"Cache Miss": 1, "Cache Coalesced": 199}
    assert {answer.body for _, answer in results} == {b'{"number": 1}'}
    assert len(upstream.received) == 1


async def test_those_who_waited_for_what_cannot_be_kept_call_by_themselves(upstream):
    upstream.replies["/a"] = counting({"Content-Type": "application/json"})
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        results = await asyncio.gather(*(executed(service) for _ in range(20)))
    assert len({answer.body for _, answer in results}) == 20
    assert {how for how, _ in results} == {"Cache Miss"}


async def test_an_unsafe_call_makes_the_answers_of_its_url_unusable(upstream):
    upstream.replies["/a"] = counting()
    connectors = [
        {"name": "one", "url": f"{upstream.origin}/a"},
        {"name": "write", "method": "POST", "url": f"{upstream.origin}/a"},
    ]
    async with executor(connectors) as service:
        await service.execute("one")
        await service.execute("write", method="POST")
        assert (await executed(service))[0] == "Cache Miss"


@pytest.mark.parametrize(
    ("options", "headers", "expected"),
    [
        ({"mode": "off"}, FRESH, ["Bypass", "Bypass"]),
        ({"mode": "http"}, FRESH, ["Cache Miss", "Cache Hit"]),
        ({"mode": "http", "ttl": 60}, {}, ["Cache Miss", "Cache Hit"]),
        ({"mode": "http", "ttl": 60}, {"Cache-Control": "no-store"}, ["Cache Miss", "Cache Miss"]),
        ({"mode": "force", "ttl": 60}, {"Cache-Control": "no-store"}, ["Cache Miss", "Cache Hit"]),
        ({"mode": "force", "ttl": 60}, {"Cache-Control": "private"}, ["Cache Miss", "Cache Hit"]),
        ({"scope": "user"}, {"Cache-Control": "private, max-age=60"}, ["Cache Miss", "Cache Hit"]),
    ],
)
async def test_a_connector_may_say_how_its_answers_are_kept(upstream, options, headers, expected):
    upstream.replies["/a"] = counting({"Content-Type": "application/json", **headers})
    async with executor([{"name": "one", "url": f"{upstream.origin}/a", "cache": options}]) as service:
        assert [(await executed(service))[0] for _ in range(2)] == expected


async def test_timing_headers_tell_where_the_answer_came_from(upstream):
    upstream.replies["/a"] = counting()
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        for how, hit in (("Cache Miss", False), ("Cache Hit", True)):
            _, answer = await service.execute()
            assert f'cache;desc="{how}"' in header(answer, "Server-Timing")
            assert json.loads(header(answer, "X-Connector-Timing"))["cache_hit"] is hit
            assert ("external_host" in json.loads(header(answer, "X-Connector-Timing"))) is not hit
