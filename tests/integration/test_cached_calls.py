"""Executions over the cache, against a real destination: what is shared, what is not, and what is told of it."""

import asyncio
import base64
import itertools
import json
import threading
import time
from collections import Counter
from dataclasses import replace

import pytest

from support.executing import executor
from support.upstream import Reply, reply_json
from widget_service.errors import UpstreamError
from widget_service.execution.incoming import IncomingCall
from widget_service.identity.callers import Caller, Identified
from widget_service.identity.users import User

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
        await service.execute()  # whose body may still have been on its way when it began to be kept
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


@pytest.mark.parametrize("name", ["Location", "Content-Location"])
async def test_an_unsafe_call_makes_the_answers_of_what_it_names_unusable(upstream, name):
    """RFC 9111 §4.4; the names of hosts are the same in capitals."""
    upstream.replies["/a"] = counting()
    upstream.replies["/all"] = Reply(201, b"{}", {name: "/a"})
    port = upstream.origin.rpartition(":")[2]
    connectors = [
        {"name": "one", "url": f"http://LOCALHOST:{port}/a"},
        {"name": "write", "method": "POST", "url": f"http://localhost:{port}/all"},
    ]
    async with executor(connectors) as service:
        await service.execute("one")
        assert (await executed(service))[0] == "Cache Hit"
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


def user_dependent(origin: str) -> list[dict]:
    """Connectors whose requests hold the user in each of the places where they can."""
    place = "{{ user.id }}"
    auth = {"type": "api_key", "config": {"key": "X-Key", "value": f"key-{place}", "in": "header"}}
    basic = {"type": "basic", "config": {"username": place, "password": "p"}}
    query_key = {"type": "api_key", "config": {"key": "token", "value": f"t-{place}", "in": "query"}}
    return [
        {"name": "url", "url": f"{origin}/of/{place}"},
        {"name": "header", "url": f"{origin}/h", "headers": [{"key": "X-User", "value": place}]},
        {"name": "query", "url": f"{origin}/q", "query_parameters": [{"key": "user", "value": place}]},
        {"name": "credential", "url": f"{origin}/c", "authentication": auth},
        {"name": "basic", "url": f"{origin}/b", "authentication": basic},
        {"name": "query-key", "url": f"{origin}/k", "authentication": query_key},
        {"name": "scope", "url": f"{origin}/s", "cache": {"scope": "user"}},
        {"name": "template", "url": f"{origin}/t", "response_body": f"{place} {{{{ response.body }}}}"},
        {"name": "secret", "url": f"{origin}/x", "headers": [{"key": "X-Of", "value": "{{ get_secret(user.id) }}"}]},
    ]


async def test_no_user_ever_gets_the_answer_of_another(upstream):
    """10,000 interleaved calls of two users, whose requests differ in one place each."""

    def echo(request):
        told = f"{request.target} {request.headers.get('x-user')} {request.headers.get('x-key')} "
        told += f"{request.headers.get('authorization')} {request.headers.get('x-of')}"
        return Reply(200, told.encode(), {"Content-Type": "text/plain", "Cache-Control": "max-age=600"})

    paths = [f"/{path}" for path in ("h", "q", "c", "b", "k", "s", "t", "x", "of/anna", "of/bert")]
    upstream.replies |= dict.fromkeys(paths, echo)
    callers = {name: Caller(User(name, email=f"{name}@example.com")) for name in ("anna", "bert")}
    wanted = {
        "url": lambda user: f"/of/{user} ",
        "header": lambda user: f"/h {user} ",
        "query": lambda user: f"/q?user={user} ",
        "credential": lambda user: f"/c None key-{user} ",
        "basic": lambda user: "Basic " + base64.b64encode(f"{user}:p".encode()).decode(),
        "query-key": lambda user: f"/k?token=t-{user} ",
        "scope": lambda user: "/s ",
        "template": lambda user: f"{user} /t ",
        "secret": lambda user: f"secret-of-{user}",
    }
    secrets = {name: f"secret-of-{name}" for name in callers}
    how = Counter()
    async with executor(user_dependent(upstream.origin), secrets=secrets) as service:

        async def call(number: int) -> None:
            user = ("anna", "bert")[number % 2]
            permalink = list(wanted)[number // 2 % len(wanted)]
            headers = {"x-team": f"{number % 3}"} if number % 5 == 0 else {}
            identified = Identified(callers[user], service.pipeline.callers.snapshots.current)
            execution, answer = await service.execute(permalink, headers=headers, identified=identified)
            body = answer.body.decode()
            assert wanted[permalink](user) in body, (permalink, user, body)
            other = {"anna": "bert", "bert": "anna"}[user]
            assert other not in body
            how[str(execution.timing.cache_result)] += 1

        for start in range(0, 10_000, 100):
            await asyncio.gather(*(call(number) for number in range(start, start + 100)))
    assert sum(how.values()) == 10_000
    assert how["Cache Hit"] > 9_000


async def test_another_of_those_who_wait_fetches_when_the_first_goes_away(upstream):
    arrived, gate = threading.Event(), threading.Event()
    reply = counting()

    def held(request):
        first = len(upstream.received) == 1
        arrived.set()
        if first:
            gate.wait(10)
        return reply(request)

    upstream.replies["/a"] = held
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        leader = asyncio.create_task(executed(service))
        await asyncio.to_thread(arrived.wait, 10)
        waiting = [asyncio.create_task(executed(service)) for _ in range(10)]
        await asyncio.sleep(0)
        leader.cancel()
        results = await asyncio.wait_for(asyncio.gather(*waiting), 5)
        gate.set()
    assert Counter(how for how, _ in results) == {"Cache Miss": 1, "Cache Coalesced": 9}
    assert len(upstream.received) == 2


async def test_an_error_is_told_to_all_who_waited_for_it(upstream):
    upstream.replies["/a"] = lambda request: Reply(200, b"x", {"Content-Length": "junk"}, lambda: time.sleep(0.1))
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        results = await asyncio.gather(*(executed(service) for _ in range(10)))
    assert {answer.status for _, answer in results} == {502}
    assert len(upstream.received) == 1


@pytest.mark.parametrize("size", [100, 300_000])
async def test_a_body_that_breaks_off_is_not_kept(size):
    async def broken(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: %d\r\n\r\n" % (size + 1))
        writer.write(b"x" * size)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(broken, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with executor([{"name": "one", "url": f"{origin}/a"}]) as service:
        for _ in range(2):
            execution, answer = await service.pipeline.trace(IncomingCall("one", "GET", "", {}))
            if answer.stream is not None:
                with pytest.raises(UpstreamError):
                    async for _part in answer.stream:
                        pass
                await answer.release()
            assert str(execution.timing.cache_result) in ("Cache Miss", "Bypass")
        assert service.pipeline.cache.usage.entries == 0
    server.close()


async def test_a_body_without_an_end_of_its_own_is_not_kept():
    async def undelimited(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nConnection: close\r\n\r\n[1]")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(undelimited, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with executor([{"name": "one", "url": f"{origin}/a"}]) as service:
        assert [(await executed(service))[0] for _ in range(2)] == ["Cache Miss", "Cache Miss"]
    server.close()


async def test_a_body_that_is_too_long_is_passed_on_and_not_kept(upstream):
    upstream.replies["/a"] = Reply(200, b"x" * 200_000, {"Content-Type": "text/plain", "Cache-Control": "max-age=60"})
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}], cache_max_entry_bytes=100_000) as service:
        for _ in range(2):
            how, answer = await executed(service)
            assert (how, len(answer.body)) == ("Cache Miss", 200_000)
        assert service.pipeline.cache.usage.entries == 0


async def test_what_is_streamed_is_kept_when_it_is_whole(upstream):
    upstream.replies["/a"] = Reply(200, b"x" * 900_000, {"Content-Type": "text/plain", "Cache-Control": "max-age=60"})
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        results = [await executed(service) for _ in range(2)]
    assert [(how, len(answer.body)) for how, answer in results] == [("Cache Miss", 900_000), ("Cache Hit", 900_000)]


async def test_a_stale_answer_is_given_while_it_is_renewed_once(upstream):
    headers = {**FRESH, "Cache-Control": "max-age=60, stale-while-revalidate=600", "Age": "61"}
    reply, slow = counting(headers), counting(FRESH)
    upstream.replies["/a"] = lambda request: (reply if len(upstream.received) == 1 else slow)(request)
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        await service.execute()
        results = await asyncio.gather(*(executed(service) for _ in range(20)))
        assert {how for how, _ in results} == {"Cache Stale"}
        while (await executed(service))[0] != "Cache Hit":
            await asyncio.sleep(0.01)
    assert len(upstream.received) == 2


async def test_a_stale_answer_stands_for_an_error(upstream):
    headers = {**FRESH, "Cache-Control": "max-age=60, stale-if-error=600", "Age": "61"}
    upstream.replies["/a"] = lambda _: Reply(200 if len(upstream.received) == 1 else 503, b"[1]", headers)
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        await service.execute()
        how, answer = await executed(service)
    assert (how, answer.status, answer.body) == ("Cache Stale", 200, b"[1]")
    assert header(answer, "Cache-Control") == "no-store"


async def test_tokens_that_are_renewed_do_not_make_another_key(upstream):
    tokens = itertools.count(1)
    upstream.replies["/token"] = lambda _: reply_json({"access_token": f"t-{next(tokens)}", "expires_in": 0})
    upstream.replies["/a"] = counting()
    config = {"client_id": "c", "client_secret": "s", "token_url": f"{upstream.origin}/token"}
    connector = {
        "url": f"{upstream.origin}/a",
        "authentication": {"type": "oauth_client_credentials", "config": config},
    }
    other = {**connector, "authentication": {**connector["authentication"], "config": {**config, "scope": "more"}}}
    async with executor([{"name": "one", **connector}, {"name": "two", **other}]) as service:
        assert [(await executed(service))[0] for _ in range(3)] == ["Cache Miss", "Cache Hit", "Cache Hit"]
        assert (await executed(service, "two"))[0] == "Cache Miss"


async def test_signatures_made_for_each_call_do_not_make_another_key(upstream):
    upstream.replies["/a"] = counting()
    claims = {"sub": "{{ user.id }}", "exp": "{{ now(60) }}", "jti": "{{ now() }}"}
    authentication = {"type": "jwt", "config": {"private_key": "k" * 40, "algorithm": "HS256", "claims": claims}}
    connectors = [{"name": "one", "url": f"{upstream.origin}/a", "authentication": authentication}]
    async with executor(connectors) as service:
        assert (await executed(service))[0] == "Cache Miss"
        while len({await now_s(), await now_s()}) == 1:
            await asyncio.sleep(0.05)
        assert (await executed(service))[0] == "Cache Hit"


async def now_s() -> int:
    await asyncio.sleep(0.01)
    return int(time.time())


async def test_request_ids_do_not_make_another_key_unless_the_destination_varies_by_them(upstream):
    upstream.replies["/a"] = counting()
    upstream.replies["/v"] = counting({**FRESH, "Vary": "X-Request-ID"})
    connectors = [{"name": "one", "url": f"{upstream.origin}/a"}, {"name": "two", "url": f"{upstream.origin}/v"}]
    async with executor(connectors) as service:
        how = [
            (await executed(service, name, headers={"x-request-id": id_}))[0] for name in ("one", "two") for id_ in "ab"
        ]
    assert how == ["Cache Miss", "Cache Hit", "Cache Miss", "Cache Miss"]


async def test_steps_of_a_composite_are_kept_like_any_call(upstream):
    upstream.replies["/a"] = counting()
    steps = [{"name": "first", "url": f"{upstream.origin}/a"}, {"name": "second", "url": f"{upstream.origin}/a?x=1"}]
    composites = [{"name": "both", "steps": steps, "response_body": "{{ steps.first.body }}{{ steps.second.body }}"}]
    async with executor([], composites=composites) as service:
        bodies = {(await service.compose("both"))[1].body for _ in range(2)}
    assert len(bodies) == 1
    assert len(upstream.received) == 2


async def test_a_caller_who_wants_nothing_kept_hinders_nobody(upstream):
    upstream.replies["/a"] = counting()
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        assert (await executed(service, headers={"cache-control": "no-store"}))[0] == "Cache Miss"
        results = await asyncio.gather(*(executed(service) for _ in range(20)))
    assert Counter(how for how, _ in results) == {"Cache Miss": 1, "Cache Coalesced": 19}


async def test_what_is_remembered_of_calls_ends_with_their_snapshot(upstream):
    upstream.replies["/a"] = counting()
    connector = {
        "name": "one",
        "url": f"{upstream.origin}/a",
        "headers": [{"key": "X-Key", "value": "{{ get_secret('k') }}"}],
    }
    async with executor([connector], secrets={"k": "1"}) as service:
        assert [(await executed(service))[0] for _ in range(3)] == ["Cache Miss", "Cache Hit", "Cache Hit"]
        holder = service.pipeline.callers.snapshots
        holder.replace(replace(holder.current, secrets={"k": "2"}, value_versions={"k": "another"}))
        assert [(await executed(service))[0] for _ in range(3)] == ["Cache Miss", "Cache Hit", "Cache Hit"]
        assert [snapshot for snapshot, _ in service.pipeline.repeats._of_tenant.values()] == [holder.current]


async def test_a_call_that_is_captured_goes_through_all_stages(upstream):
    upstream.replies["/a"] = counting()
    async with executor([{"name": "one", "url": f"{upstream.origin}/a"}]) as service:
        for _ in range(3):
            execution, _ = await service.execute()
        assert not hasattr(execution, "request")  # like an earlier one
        holder = service.pipeline.callers.snapshots
        holder.replace(replace(holder.current, captures={"one": float("inf")}))
        for _ in range(3):
            execution, _ = await service.execute()
        assert execution.request.base_url.endswith("/a")
