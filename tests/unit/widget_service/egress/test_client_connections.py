"""Connections: used again for the same name only, let go at once, and held back by a slow reader."""

import asyncio
import contextlib
import gc
import threading
from ipaddress import ip_network

import pytest

from unit.widget_service.egress.scripted import INSECURE, OK, answering, client_of, fetch, request_of, scripted
from widget_service.egress import EgressPolicy, UpstreamClient
from widget_service.egress.resolver import Resolver
from widget_service.errors import ConfigurationError, UpstreamError

NAMES = {"a.example": ["127.0.0.1"], "b.example": ["127.0.0.1"]}
MIB = 1024 * 1024


async def silent(connection):
    await connection.request()
    await connection.gone()


async def endless(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
    connection.sent = 0
    with contextlib.suppress(OSError):
        while not connection.writer.is_closing():
            await connection.send(b"x" * 65536)
            connection.sent += 65536


async def within(coroutine):
    return await asyncio.wait_for(coroutine, 5)


async def connected(server, number=1):
    async with asyncio.timeout(5):
        while len(server.requests) < number:
            await asyncio.sleep(0)


async def test_a_connection_is_used_again():
    async with scripted(answering(OK)) as server, client_of() as client:
        for _ in range(10):
            await fetch(client, server.origin)
    assert len(server.connections) == 1


async def test_many_requests_at_once():
    async with scripted(answering(OK)) as server, client_of() as client:
        answers = await asyncio.gather(*(fetch(client, f"{server.origin}/{number}") for number in range(80)))
    assert [body for _, body in answers] == [b"ok"] * 80
    assert len(server.requests) == 80


async def test_a_connection_for_one_name_is_not_used_for_another():
    async with scripted(answering(OK)) as server, client_of(names=NAMES) as client:
        for host in ("a.example", "b.example", "127.0.0.1", "a.example", "b.example", "127.0.0.1"):
            await fetch(client, f"http://{host}:{server.port}/")
    assert len(server.connections) == 3


async def test_nor_for_a_mapped_one_that_leads_to_the_same_place():
    async with scripted(answering(OK)) as server:
        policy = EgressPolicy(True, host_map={"a.example": server.origin, "b.example": server.origin})
        async with client_of(policy) as client:
            for url in ("https://a.example", "https://b.example", server.origin) * 2:
                await fetch(client, url)
    assert len(server.connections) == 3


async def test_a_new_policy_takes_the_open_connections_with_it():
    async with scripted(answering(OK)) as server, client_of() as client:
        await fetch(client, server.origin)
        client.policy = EgressPolicy(allow_insecure=True)
        await fetch(client, server.origin)
        assert len(server.connections) == 1
        client.policy = EgressPolicy()
        with pytest.raises(ConfigurationError):
            await fetch(client, server.origin)
        await within(server.connections[0].closed.wait())
        client.policy = INSECURE
        await fetch(client, server.origin)
        assert len(server.connections) == 2


async def test_a_running_request_ends_under_the_policy_that_it_began_with():
    async with scripted(endless) as server, client_of() as client:
        stream = (await client.send(request_of(server.origin))).aiter_bytes()
        client.policy = EgressPolicy()
        with pytest.raises(ConfigurationError):
            await fetch(client, server.origin)
        for _ in range(20):
            assert await anext(stream)
        await stream.aclose()
        await within(server.connections[0].closed.wait())


async def test_pools_are_kept_while_a_request_of_theirs_still_looks_its_name_up():
    held = threading.Event()
    async with scripted(answering(OK)) as server:
        client = UpstreamClient(INSECURE, resolver=Resolver(lambda name: ["127.0.0.1"] if held.wait(5) else []))
        early = asyncio.create_task(fetch(client, f"http://a.example:{server.port}/early"))
        await asyncio.sleep(0)
        client.policy = EgressPolicy(True, (ip_network("10.0.0.0/8"),))
        await fetch(client, server.origin)  # would close the pools of the old policy, were they not needed
        held.set()
        assert (await early)[1] == b"ok"
        await fetch(client, server.origin)
        async with asyncio.timeout(5):
            while not any(connection.closed.is_set() for connection in server.connections):
                await asyncio.sleep(0)
        await client.aclose()
    assert len(server.connections) == 2


async def test_a_name_that_moves_is_followed_only_where_it_may_go():
    names = dict(NAMES)
    async with scripted(answering(OK)) as server, client_of(names=names) as client:
        await fetch(client, f"http://a.example:{server.port}/")
        names["a.example"] = ["127.0.0.1", "10.0.0.1"]
        with pytest.raises(ConfigurationError):
            await fetch(client, f"http://a.example:{server.port}/")
    assert len(server.requests) == 1


async def test_the_next_address_is_tried_when_the_first_does_not_answer():
    async with (
        scripted(answering(OK)) as server,
        client_of(names={"a.example": ["127.0.0.2", "127.0.0.1"]}) as client,
    ):
        assert (await fetch(client, f"http://a.example:{server.port}/"))[1] == b"ok"


@pytest.mark.parametrize(("method", "sent"), [("GET", 2), ("PUT", 2), ("POST", 1), ("PATCH", 1)])
async def test_what_could_happen_twice_is_not_sent_again_on_a_new_connection(method, sent):
    first = True

    async def talk(connection):
        nonlocal first
        if not first:
            return await answering(OK)(connection)
        first = False
        await connection.request()
        await connection.send(OK)
        if await connection.request():  # the connection that was kept closes instead of answering
            connection.reset()
        return None

    async with scripted(talk) as server, client_of() as client:
        await fetch(client, server.origin)
        outcome = await asyncio.gather(fetch(client, server.origin, method, body=b"x"), return_exceptions=True)
    assert len(server.requests) == 1 + sent
    assert isinstance(outcome[0], UpstreamError) is (sent == 1)
    if sent == 1:
        assert outcome[0].code == "UPSTREAM_UNREACHABLE"


async def test_cancelling_a_request_closes_its_connection_at_once():
    async with scripted(silent) as server, client_of() as client:
        task = asyncio.create_task(client.send(request_of(server.origin, headers_timeout_s=60)))
        await connected(server)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await within(server.connections[0].closed.wait())


async def test_cancelling_while_nothing_accepts_or_resolves():
    async with client_of(EgressPolicy()) as client:
        task = asyncio.create_task(client.send(request_of("https://93.184.216.34/", headers_timeout_s=60)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("way", ["aclose", "stream aclose", "unread stream aclose", "read cancelled", "dropped"])
async def test_letting_go_of_an_answer_closes_its_connection_at_once(way):
    async with scripted(endless) as server, client_of() as client:
        response = await client.send(request_of(server.origin, body_timeout_s=60))
        stream = response.aiter_bytes()
        if way == "stream aclose":
            await anext(stream)
        if way == "aclose":
            await response.aclose()
            await response.aclose()
        elif way == "read cancelled":
            task = asyncio.create_task(response.read(1 << 40))
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        elif way == "dropped":
            del response, stream
            gc.collect()
        else:
            await stream.aclose()
        await within(server.connections[0].closed.wait())


async def test_what_was_let_go_does_not_read_as_complete():
    async with scripted(endless) as server, client_of() as client:
        response = await client.send(request_of(server.origin))
        stream = response.aiter_bytes()
        await anext(stream)
        await response.aclose()
        with pytest.raises(UpstreamError):
            await anext(stream)


async def test_a_slow_reader_slows_the_destination_down_and_nothing_piles_up():
    async with scripted(endless) as server, client_of() as client:
        stream = (await client.send(request_of(server.origin))).aiter_bytes()
        await anext(stream)
        connection = server.connections[0]
        sent = -1
        async with asyncio.timeout(10):
            while sent != connection.sent:  # until nothing moves any more
                sent = connection.sent
                await asyncio.sleep(0.1)
        assert sent < 16 * MIB  # what the buffers of both kernels hold
        assert len(await anext(stream)) <= MIB
        received = 0
        while received < 4 * sent:
            received += len(await anext(stream))
        await stream.aclose()


async def test_every_byte_arrives_in_order_through_pauses():
    body = b"".join(number.to_bytes(4, "big") for number in range(MIB))
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    received = bytearray()
    async with scripted(answering(reply)) as server, client_of() as client:
        response = await client.send(request_of(server.origin))
        async for part in response.aiter_bytes():
            received += part
            await asyncio.sleep(0.001)
    assert bytes(received) == body


async def test_parts_are_handed_on_as_they_come():
    more = asyncio.Event()

    async def talk(connection):
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n")
        await more.wait()
        await connection.send(b"6\r\nsecond\r\n0\r\n\r\n")

    async with scripted(talk) as server, client_of() as client:
        stream = (await client.send(request_of(server.origin))).aiter_bytes()
        assert await anext(stream) == b"first"
        more.set()
        assert [part async for part in stream] == [b"second"]


async def test_closing_the_client_ends_everything():
    async with scripted(endless) as server, client_of() as client:
        stream = (await client.send(request_of(server.origin))).aiter_bytes()
        hanging = asyncio.create_task(client.send(request_of(server.origin)))
        await connected(server, 2)
        await client.aclose()
        with pytest.raises(UpstreamError):
            async for _ in stream:
                pass
        with pytest.raises(UpstreamError):
            await within(hanging)
        for connection in server.connections:
            await within(connection.closed.wait())
        await client.aclose()


async def test_a_closed_client_sends_nothing():
    async with scripted(answering(OK)) as server, client_of() as client:
        await client.aclose()
        with pytest.raises(RuntimeError):
            await fetch(client, server.origin)
    assert server.connections == []


async def test_closing_an_answer_wakes_whoever_waits_for_it():
    async def talk(connection):
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await connection.gone()

    async with scripted(talk) as server, client_of() as client:
        response = await client.send(request_of(server.origin, idle_timeout_s=60))
        stream = response.aiter_bytes()
        assert await anext(stream) == b"half"
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        await response.aclose()
        with pytest.raises(UpstreamError):
            await within(waiting)


async def test_a_limit_counts_what_has_come_before_it_was_set():
    async def talk(connection):
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 300_000)
        await connection.gone()

    async with scripted(talk) as server, client_of() as client:
        response = await client.send(request_of(server.origin, body_timeout_s=60))
        async with asyncio.timeout(5):
            while response._transfer._total < 200_000:
                await asyncio.sleep(0)
        with pytest.raises(UpstreamError) as raised:
            await within(response.read(100))
    assert raised.value.code == "UPSTREAM_RESPONSE_TOO_LARGE"


async def test_a_client_that_was_never_used_closes():
    async with client_of():
        pass


@pytest.mark.parametrize("name", ["EgressPolicy", "UpstreamClient", "UpstreamRequest", "UpstreamResponse"])
def test_the_packages_names(name):
    import widget_service.egress

    assert name in widget_service.egress.__all__
    assert getattr(widget_service.egress, name).__name__ == name
    with pytest.raises(AttributeError):
        _ = widget_service.egress.nothing


def test_a_request_does_not_show_its_secrets():
    request = request_of("https://a.example/", headers=[("X-Key", "k3y")], body=b"k3y")
    assert "k3y" not in repr(request)
