"""Composites and batches when things go wrong: callers who leave, or take nothing, a service that stops, too much."""

import asyncio
import json
import os
import signal
import socket
from contextlib import asynccontextmanager

import httpx2

from integration.test_limits import INSECURE, Door, until
from support.background import destinations
from support.bare_service import Setup, bare_service
from unit.widget_service.egress.scripted import OK, answering


class Hanging:
    """A destination that never answers; ``inside`` are the requests whose connection is there still."""

    def __init__(self):
        self.inside = 0

    async def __call__(self, connection):
        await connection.request()
        self.inside += 1
        await connection.gone()
        self.inside -= 1


@asynccontextmanager
async def serving(tmp_path, talks, connectors=(), composites=(), **settings):
    """Serve the definitions over ``talks``; ``{name}`` in a URL is a talk's origin."""
    with destinations(talks) as servers:
        origins = {name: server.origin for name, server in servers.items()}
        placed = json.dumps([list(connectors), list(composites)])
        for name, origin in origins.items():
            placed = placed.replace("{" + name + "}", origin)
        made, made_composites = json.loads(placed)
        setup = Setup(made, settings={**INSECURE, **settings}, composites=made_composites)
        with bare_service(tmp_path, setup) as service:
            async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
                service.client, service.servers = client, servers
                yield service


def batch_of(*executions):
    return {"executions": list(executions)}


def lines_of(answer):
    return {line["index"]: line for line in map(json.loads, answer.text.splitlines())}


def url_of(service):
    return f"{service.origin}/widget-service/batch"


def large(size):
    return answering(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * size)


TWO_SLOW = {
    "name": "Slow",
    "steps": [
        {"name": "one", "url": "{door}/1"},
        {"name": "two", "url": "{door}/2"},
        {"name": "three", "url": "{other}/3", "method": "POST"},
    ],
}


async def test_a_caller_who_hangs_up_ends_all_steps(tmp_path):
    hangs, other = Hanging(), Door()
    talks = {"door": hangs, "other": other}
    async with serving(tmp_path, talks, composites=[TWO_SLOW]) as service:
        call = asyncio.create_task(service.client.post(service.url("composite/slow")))
        await until(lambda: hangs.inside == 2)
        call.cancel()
        await until(lambda: hangs.inside == 0)
    assert other.seen == 0


async def test_a_caller_who_leaves_a_batch_ends_all_its_executions(tmp_path):
    hangs = Hanging()
    get = {"permalink": "get", "method": "GET", "headers": {"X-Own": "1"}}
    async with serving(tmp_path, {"a": hangs}, [{"name": "Get", "url": "{a}/", "cache": {"mode": "off"}}]) as service:
        call = asyncio.create_task(service.client.post(url_of(service), json=batch_of(get, get, get)))
        await until(lambda: hangs.inside == 3)
        call.cancel()
        await until(lambda: hangs.inside == 0)


async def test_executions_of_a_batch_count_among_those_at_a_time(tmp_path):
    door = Door()
    get = {"permalink": "get", "method": "GET"}
    async with serving(tmp_path, {"door": door}, [{"name": "Get", "url": "{door}/"}], max_executions=2) as service:
        call = asyncio.create_task(service.client.post(url_of(service), json=batch_of(*[get] * 5)))
        await until(lambda: door.inside == 2)
        alone = await service.client.get(service.url("get"))
        door.opened.set()
        lines = lines_of(await call)
    assert alone.status_code == 503
    assert sorted(line["status"] for line in lines.values()) == [200, 200, 503, 503, 503]
    refused = next(line for line in lines.values() if line["status"] == 503)
    assert (refused["body"]["errors"]["code"], refused["headers"]["Retry-After"]) == ("OVERLOADED", "1")


async def test_a_stopped_service_answers_what_has_not_ended(tmp_path):
    door = Door()
    talks = {"door": door, "fast": answering(OK)}
    connectors = [{"name": "Slow", "url": "{door}/"}, {"name": "Fast", "url": "{fast}/"}]
    batch = batch_of({"permalink": "slow", "method": "GET"}, {"permalink": "fast", "method": "GET"})
    async with serving(tmp_path, talks, connectors, drain_timeout_s=0.5) as service:
        call = asyncio.create_task(service.client.post(url_of(service), json=batch))
        await until(lambda: door.inside == 1)
        os.kill(service.pid, signal.SIGTERM)
        lines = lines_of(await call)
        door.opened.set()
    assert lines[1]["status"] == 200
    assert (lines[0]["status"], lines[0]["body"]["errors"]["code"]) == (503, "OVERLOADED")


async def test_a_stopped_service_waits_for_a_batch(tmp_path):
    door = Door()
    async with serving(tmp_path, {"door": door}, [{"name": "Slow", "url": "{door}/"}]) as service:
        batch = batch_of(*[{"permalink": "slow", "method": "GET"}] * 3)
        call = asyncio.create_task(service.client.post(url_of(service), json=batch))
        await until(lambda: door.inside == 3)
        os.kill(service.pid, signal.SIGTERM)
        door.opened.set()
        lines = lines_of(await call)
    assert [line["status"] for line in lines.values()] == [200] * 3


async def test_fifty_composites_in_one_batch(tmp_path):
    composite = {"name": "Two", "steps": [{"name": "one", "url": "{a}/1"}, {"name": "two", "url": "{a}/2"}]}
    async with serving(tmp_path, {"a": answering(OK)}, composites=[composite]) as service:
        batch = batch_of(*[{"permalink": "two", "composite": True}] * 50)
        lines = lines_of(await service.client.post(url_of(service), json=batch))
    assert [lines[index]["status"] for index in range(50)] == [200] * 50


async def test_large_answers_of_a_batch_are_held_one_at_a_time(tmp_path):
    size = 8 * 1024 * 1024
    async with serving(tmp_path, {"a": large(size)}, [{"name": "Large", "url": "{a}/"}]) as service:
        get = {"permalink": "large", "method": "GET"}
        await service.client.post(url_of(service), json=batch_of(get))
        before, most = service.memory_kib(), 0
        async with service.client.stream("POST", url_of(service), json=batch_of(*[get] * 12)) as answer:
            async for _ in answer.aiter_bytes():
                most = max(most, service.memory_kib())
    assert most - before < 100 * 1024, (before, most)


async def test_huge_answers_of_steps_are_held_within_the_limit_of_one(tmp_path):
    composite = {"name": "Huge", "steps": [{"name": f"s-{index}", "url": "{a}/"} for index in range(12)]}
    async with serving(tmp_path, {"a": large(6 * 1024 * 1024)}, composites=[composite]) as service:
        before = service.memory_kib()
        answer = await service.client.post(service.url("composite/huge"))
        after = service.memory_kib()
    assert (answer.status_code, answer.json()["errors"]["code"]) == (502, "UPSTREAM_RESPONSE_TOO_LARGE")
    assert answer.json()["errors"]["scope"].startswith("Composite step 's-1' (index 1)")
    assert after - before < 60 * 1024, (before, after)


async def test_a_consumer_who_takes_nothing_is_given_up(tmp_path):
    size = 4 * 1024 * 1024
    settings = {"caller_idle_timeout_s": 0.5}
    async with serving(tmp_path, {"a": large(size)}, [{"name": "Large", "url": "{a}/"}], **settings) as service:
        host, _, port = service.origin.removeprefix("http://").partition(":")
        body = json.dumps(batch_of(*[{"permalink": "large", "method": "GET"}] * 10)).encode()
        head = f"POST /widget-service/batch HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection((host, int(port))) as caller:
            caller.sendall(head.encode() + body)
            await until(lambda: "batch.broken_off" in service.log.read_text())
        alone = await service.client.get(service.url("large"))
        assert len(alone.content) == size
