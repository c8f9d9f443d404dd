"""Limits through the running service: queues, circuits, retries, times, overload, and stopping."""

import asyncio
import json
import os
import signal
import threading
import time
from contextlib import asynccontextmanager

import httpx2
import pytest

from support.background import destinations
from support.bare_service import Setup, bare_service
from support.processes import free_port
from unit.widget_service.egress.scripted import OK, answering

INSECURE = {"allow_insecure_upstreams": True}


class Door:
    """A destination that answers when it is opened; knows how many are inside, and how many were at most."""

    def __init__(self):
        self.opened = threading.Event()
        self.inside = self.most = self.seen = 0

    async def __call__(self, connection):
        while await connection.request():
            self.seen += 1
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.to_thread(self.opened.wait, 20)
            self.inside -= 1
            await connection.send(OK)


def failing(*answers):
    """Return a talk that gives each answer once (``None`` resets), the last one for good."""
    rest = list(answers)

    async def talk(connection):
        while await connection.request():
            answer = rest.pop(0) if len(rest) > 1 else rest[0]
            if answer is None:
                connection.reset()
                return
            await connection.send(answer)

    return talk


def status(code, more=""):
    return f"HTTP/1.1 {code} X\r\n{more}Content-Length: 0\r\n\r\n".encode()


@asynccontextmanager
async def serving(tmp_path, talks, connectors, *, secrets=None, **settings):
    """Serve ``connectors`` over ``talks``; ``{name}`` in a URL is a talk's origin."""
    with destinations(talks) as servers:
        origins = {name: server.origin for name, server in servers.items()}
        made = [{**connector, "url": connector["url"].format(**origins)} for connector in connectors]
        with bare_service(tmp_path, Setup(made, secrets=secrets or {}, settings={**INSECURE, **settings})) as service:
            limits = httpx2.Limits(max_connections=500)
            async with httpx2.AsyncClient(trust_env=False, timeout=20, limits=limits) as client:
                service.client, service.servers = client, servers
                yield service


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def error_of(answer):
    return answer.status_code, answer.json()["errors"]["code"]


def get(service, permalink, **options):
    return asyncio.create_task(service.client.get(service.url(permalink), **options))


async def test_a_connectors_calls_at_a_time(tmp_path):
    door = Door()
    connectors = [{"name": "few", "url": "{door}/", "max_concurrency": 2}, {"name": "many", "url": "{door}/"}]
    async with serving(tmp_path, {"door": door}, connectors, max_waiting_calls=3) as service:
        calls = [get(service, "few") for _ in range(5)]
        await until(lambda: door.inside == 2)
        refused = await service.client.get(service.url("few"))
        while error_of(refused) != (503, "OVERLOADED"):  # the others may still be on their way to the queue
            refused = await service.client.get(service.url("few"))
        assert refused.headers["retry-after"] == "1"
        other = get(service, "many")
        await until(lambda: door.inside == 3)
        door.opened.set()
        answers = await asyncio.gather(*calls, other)
        assert [answer.status_code for answer in answers] == [200] * 6
        assert door.most == 3


async def test_two_hundred_callers_on_a_hung_connector_do_not_slow_the_others(tmp_path):
    door = Door()
    connectors = [{"name": "hung", "url": "{door}/"}, {"name": "well", "url": "{well}/"}]
    settings = {"max_calls_per_destination": 50, "max_waiting_calls": 200, "max_queue_wait_s": 30}
    async with serving(tmp_path, {"door": door, "well": answering(OK)}, connectors, **settings) as service:
        hung = [get(service, "hung") for _ in range(200)]
        await until(lambda: door.inside == 50)
        internal_ms = []
        for _ in range(200):
            answer = await service.client.get(service.url("well"))
            assert answer.status_code == 200
            internal_ms.append(json.loads(answer.headers["x-connector-timing"])["total_ms"])
        assert sorted(internal_ms)[len(internal_ms) // 2] < 1000  # who waited for a turn would wait for 30 s
        assert door.inside == 50
        assert not any(call.done() for call in hung)
        door.opened.set()
        assert {answer.status_code for answer in await asyncio.gather(*hung)} == {200}
        assert door.most == 50


async def test_who_waits_too_long_for_a_turn_is_told(tmp_path):
    door = Door()
    connectors = [{"name": "one", "url": "{door}/", "max_concurrency": 1}]
    async with serving(tmp_path, {"door": door}, connectors, max_queue_wait_s=0.2) as service:
        first = get(service, "one")
        await until(lambda: door.inside == 1)
        assert error_of(await service.client.get(service.url("one"))) == (503, "OVERLOADED")
        door.opened.set()
        assert (await first).status_code == 200


async def test_an_open_circuit_and_its_end(tmp_path):
    port = free_port()
    connectors = [{"name": "dead", "url": f"http://127.0.0.1:{port}/"}, {"name": "well", "url": "{well}/"}]
    settings = {"circuit_max_failures": 3, "circuit_open_s": 0.5}
    async with serving(tmp_path, {"well": answering(OK)}, connectors, **settings) as service:
        for _ in range(3):
            assert error_of(await service.client.get(service.url("dead"))) == (502, "UPSTREAM_UNREACHABLE")
        refused = await service.client.get(service.url("dead"))
        assert error_of(refused) == (503, "CIRCUIT_OPEN")
        assert refused.headers["retry-after"] == "1"
        assert (await service.client.get(service.url("well"))).status_code == 200
        listener = await asyncio.start_server(_ok, "127.0.0.1", port)
        async with asyncio.timeout(5):
            while (await service.client.get(service.url("dead"))).status_code != 200:
                await asyncio.sleep(0.05)
        assert (await service.client.get(service.url("dead"))).status_code == 200
        listener.close()


async def _ok(reader, writer):
    await reader.readuntil(b"\r\n\r\n")
    writer.write(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    await writer.drain()
    writer.close()


async def test_error_answers_open_no_circuit(tmp_path):
    connectors = [{"name": "ill", "url": "{ill}/"}]
    async with serving(tmp_path, {"ill": answering(status(500))}, connectors, circuit_max_failures=2) as service:
        answers = [await service.client.get(service.url("ill")) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [500] * 6


RETRIES = [
    # method, retry, answers of the destination, status of the service, calls of the destination
    ("GET", None, [None, OK], 502, 1),
    ("GET", {"attempts": 3}, [None, None, OK], 200, 3),
    ("GET", {"attempts": 2}, [None, None, OK], 502, 2),
    ("POST", {"attempts": 3}, [None, OK], 502, 1),
    ("POST", {"attempts": 3, "methods": ["POST"]}, [None, OK], 200, 2),
    ("GET", {"attempts": 3, "methods": ["HEAD"]}, [None, OK], 502, 1),
    ("PUT", {"attempts": 3}, [status(503), OK], 200, 2),
    ("GET", {"attempts": 3}, [status(429, "Retry-After: 1\r\n"), OK], 200, 2),
    ("GET", {"attempts": 3}, [status(503, "Retry-After: 60\r\n"), OK], 503, 1),
    ("GET", {"attempts": 3}, [status(500), OK], 500, 1),
    ("GET", {"attempts": 3}, [status(404), OK], 404, 1),
]


async def test_retries(tmp_path):
    talks = {f"d{number}": failing(*answers) for number, (_, _, answers, _, _) in enumerate(RETRIES)}
    connectors = [
        {"name": f"c{number}", "url": f"{{d{number}}}/", "method": method} | ({"retry": retry} if retry else {})
        for number, (method, retry, *_) in enumerate(RETRIES)
    ]
    async with serving(tmp_path, talks, connectors) as service:
        for number, (method, retry, _, expected, calls) in enumerate(RETRIES):
            body = b"the body" if method != "GET" else None
            answer = await service.client.request(method, service.url(f"c{number}"), content=body)
            requests = service.servers[f"d{number}"].requests
            assert (answer.status_code, len(requests)) == (expected, calls), (method, retry)
            assert all(request.endswith(b"\r\n\r\n" + (body or b"")) for request in requests)


async def test_a_connection_that_was_never_made_is_tried_again_whatever_the_method(tmp_path):
    port = free_port()
    connectors = [{"name": "post", "method": "POST", "url": f"http://127.0.0.1:{port}/", "retry": {"attempts": 3}}]
    async with serving(tmp_path, {}, connectors) as service:
        started = time.monotonic()
        answer = await service.client.post(service.url("post"), content=b"x")
        assert error_of(answer) == (502, "UPSTREAM_UNREACHABLE")
        assert time.monotonic() - started > 0.3  # two pauses
        assert "curl error 7" in service.log.read_text()


async def test_attempts_together_have_the_time_of_one_call(tmp_path):
    async def slow_to_fail(connection):
        if await connection.request():
            await asyncio.sleep(0.5)
            connection.reset()

    connectors = [{"name": "a", "url": "{slow}/", "timeout_ms": 1200, "retry": {"attempts": 3}}]
    async with serving(tmp_path, {"slow": slow_to_fail}, connectors) as service:
        assert error_of(await service.client.get(service.url("a")))[0] == 502
        assert 1 <= len(service.servers["slow"].requests) <= 2  # a third one would begin after 1.2 s


async def test_a_timeout_of_the_connectors_own(tmp_path):
    door = Door()
    connectors = [{"name": "brief", "url": "{door}/", "timeout_ms": 200, "retry": {"attempts": 3}}]
    async with serving(tmp_path, {"door": door}, connectors, circuit_max_failures=1) as service:
        for _ in range(2):  # and no circuit opens for an impatient connector
            started = time.monotonic()
            assert error_of(await service.client.get(service.url("brief"))) == (502, "UPSTREAM_TIMEOUT")
            assert time.monotonic() - started < 10  # the service's own limit is 15 s
        door.opened.set()


async def test_headers_that_a_connector_passes_back(tmp_path):
    answer = OK.replace(b"\r\n\r\n", b"\r\nX-Cost: 3\r\nX-Other: 4\r\n\r\n")
    connectors = [{"name": "more", "url": "{well}/", "response_headers": ["X-COST"]}]
    async with serving(tmp_path, {"well": answering(answer)}, connectors) as service:
        headers = (await service.client.get(service.url("more"))).headers
        assert headers["x-cost"] == "3"
        assert "x-other" not in headers


async def test_more_executions_than_the_process_takes_on(tmp_path):
    door = Door()
    async with serving(tmp_path, {"door": door}, [{"name": "a", "url": "{door}/"}], max_executions=3) as service:
        calls = [get(service, "a") for _ in range(3)]
        await until(lambda: door.inside == 3)
        refused = await service.client.get(service.url("a"))
        assert error_of(refused) == (503, "OVERLOADED")
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["x-request-id"]
        door.opened.set()
        assert {answer.status_code for answer in await asyncio.gather(*calls)} == {200}
        assert (await service.client.get(service.url("a"))).status_code == 200


async def test_stopping_lets_what_runs_end(tmp_path):
    door = Door()
    async with serving(tmp_path, {"door": door}, [{"name": "a", "url": "{door}/"}]) as service:
        call = get(service, "a")
        await until(lambda: door.inside == 1)
        os.kill(service.pid, signal.SIGTERM)
        await asyncio.sleep(0.3)
        assert not call.done()
        door.opened.set()
        assert (await call).status_code == 200


async def test_stopping_breaks_off_what_does_not_end(tmp_path):
    door = Door()

    async def endless(connection):
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\nfirst")
        await connection.gone()

    connectors = [{"name": "hung", "url": "{door}/"}, {"name": "stream", "url": "{endless}/"}]
    talks = {"door": door, "endless": endless}
    async with serving(tmp_path, talks, connectors, drain_timeout_s=0.5, upstream_idle_timeout_s=60) as service:
        hung = get(service, "hung")
        async with service.client.stream("GET", service.url("stream")) as answer:
            parts = answer.aiter_raw()
            assert await anext(parts) == b"first"
            await until(lambda: door.inside == 1)
            started = time.monotonic()
            os.kill(service.pid, signal.SIGTERM)
            with pytest.raises(httpx2.RemoteProtocolError):  # a stream that is cut off does not look complete
                await anext(parts)
            assert error_of(await hung) == (503, "OVERLOADED")
        await until(
            lambda: not os.path.exists(f"/proc/{service.pid}/task/{service.pid}/children") or not service.pids[1:]
        )
        assert time.monotonic() - started < 20  # silence alone would end it after 60 s
        door.opened.set()
