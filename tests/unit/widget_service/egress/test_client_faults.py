"""What a faulty destination does, and the error that it must be, in time."""

import asyncio
import gzip
import resource
import socket
import time
import zlib

import pytest

from unit.widget_service.egress.scripted import OK, answering, client_of, fetch, request_of, scripted
from widget_service.errors import UpstreamError

SHORT = {"connect_timeout_s": 0.3, "headers_timeout_s": 0.3, "idle_timeout_s": 0.3, "body_timeout_s": 0.3}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
GZIPPED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"


def saying(data=b"", *, then):
    async def talk(connection):
        await connection.request()
        if data:
            await connection.send(data)
        if then == "reset":
            connection.reset()
        elif then == "silence":
            await connection.gone()

    return talk


async def dribble(connection):
    await connection.request()
    for byte in HEAD + b"x" * 100:
        await connection.send(bytes([byte]))
        await asyncio.sleep(0.05)


async def endless_headers(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 200 OK\r\n")
    while not connection.closed.is_set():
        await connection.send(b"X-Header: value\r\n" * 100)


async def endless_interim(connection):
    await connection.request()
    while not connection.closed.is_set():
        await connection.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


async def endless_line(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 200 OK\r\nX: ")
    while not connection.closed.is_set():
        await connection.send(b"x" * 10_000)


async def endless_body(connection):
    await connection.request()
    await connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while not connection.closed.is_set():
        await connection.send(b"x" * 10_000)


BEFORE_THE_BODY = {
    "silence": (saying(then="silence"), "UPSTREAM_TIMEOUT"),
    "silence within the headers": (saying(b"HTTP/1.1 200 OK\r\nA: b\r\n", then="silence"), "UPSTREAM_TIMEOUT"),
    "one byte at a time": (dribble, "UPSTREAM_TIMEOUT"),
    "closed without an answer": (saying(then="close"), "UPSTREAM_UNREACHABLE"),
    "reset without an answer": (saying(then="reset"), "UPSTREAM_UNREACHABLE"),
    "closed within the headers": (saying(b"HTTP/1.1 200 OK\r\nA: b\r\n", then="close"), "UPSTREAM_INVALID_RESPONSE"),
    "garbage": (answering(b"garbage\r\n\r\n", then_close=True), "UPSTREAM_INVALID_RESPONSE"),
    "HTTP/0.9": (answering(b"<html>hello</html>", then_close=True), "UPSTREAM_INVALID_RESPONSE"),
    "another protocol": (answering(b"SSH-2.0-OpenSSH_9.2\r\n", then_close=True), "UPSTREAM_INVALID_RESPONSE"),
    "a status that is none": (answering(b"HTTP/1.1 20x OK\r\n\r\n"), "UPSTREAM_INVALID_RESPONSE"),
    "101": (answering(b"HTTP/1.1 101 X\r\nUpgrade: y\r\nConnection: upgrade\r\n\r\n"), "UPSTREAM_INVALID_RESPONSE"),
    "two lengths": (
        answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "a negative length": (answering(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), "UPSTREAM_INVALID_RESPONSE"),
    "a header with NUL": (
        answering(b"HTTP/1.1 200 OK\r\nA: b\0c\r\nContent-Length: 0\r\n\r\n"),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "10,000 headers": (answering(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n"), "UPSTREAM_INVALID_RESPONSE"),
    "endless headers": (endless_headers, "UPSTREAM_INVALID_RESPONSE"),
    "endless interim answers": (endless_interim, "UPSTREAM_INVALID_RESPONSE"),
    "an endless header": (endless_line, "UPSTREAM_INVALID_RESPONSE"),
}

WITHIN_THE_BODY = {
    "silence": (saying(HEAD + b"half", then="silence"), "UPSTREAM_TIMEOUT"),
    "silence within chunks": (saying(CHUNKED, then="silence"), "UPSTREAM_TIMEOUT"),
    "short body": (saying(HEAD + b"half", then="close"), "UPSTREAM_INVALID_RESPONSE"),
    "no body": (saying(HEAD, then="close"), "UPSTREAM_INVALID_RESPONSE"),
    "no last chunk": (saying(CHUNKED, then="close"), "UPSTREAM_INVALID_RESPONSE"),
    "reset": (saying(HEAD + b"half", then="reset"), "UPSTREAM_INVALID_RESPONSE"),
    "a chunk that is none": (saying(CHUNKED + b"zz\r\n", then="silence"), "UPSTREAM_INVALID_RESPONSE"),
    "no gzip": (answering(GZIPPED + b"Content-Length: 4\r\n\r\nxxxx"), "UPSTREAM_INVALID_RESPONSE"),
    "half of gzip": (
        saying(GZIPPED + b"Content-Length: 4000\r\n\r\n" + gzip.compress(bytes(range(256)) * 9)[:-12], then="close"),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "half of gzip, to the end of the connection": (
        answering(GZIPPED + b"\r\n" + gzip.compress(b"hello")[:-9], then_close=True),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "gzip without its last byte": (
        answering(GZIPPED + b"\r\n" + gzip.compress(b"hello")[:-1], then_close=True),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "nothing of gzip": (answering(GZIPPED + b"\r\n", then_close=True), "UPSTREAM_INVALID_RESPONSE"),
    "two codings": (
        answering(GZIPPED + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx"),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "a coding nobody asked for": (
        answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\nContent-Length: 4\r\n\r\nxxxx"),
        "UPSTREAM_INVALID_RESPONSE",
    ),
}


LONGEST_S = 6
"""What dribbles would take longer, if nobody gave it up."""


def times_for(code):
    """Return short times where they are to run out, and none in which a busy machine could fail otherwise."""
    return SHORT if code == "UPSTREAM_TIMEOUT" else {}


async def stream(response):
    return b"".join([part async for part in response.aiter_bytes()])


@pytest.mark.parametrize("fault", BEFORE_THE_BODY)
async def test_before_the_body(fault):
    talk, code = BEFORE_THE_BODY[fault]
    started = time.monotonic()
    async with scripted(talk) as server, client_of() as client:
        with pytest.raises(UpstreamError) as raised:
            await client.send(request_of(server.origin, **times_for(code)))
    assert raised.value.code == code
    assert time.monotonic() - started < LONGEST_S


@pytest.mark.parametrize("fault", WITHIN_THE_BODY)
@pytest.mark.parametrize("read", [lambda response: response.read(1000_000), stream], ids=["read", "streamed"])
async def test_within_the_body_never_ends_as_if_complete(fault, read):
    talk, code = WITHIN_THE_BODY[fault]
    started = time.monotonic()
    async with scripted(talk) as server, client_of() as client:
        with pytest.raises(UpstreamError) as raised:
            await read(await client.send(request_of(server.origin, **{**times_for(code), "headers_timeout_s": 5})))
    assert raised.value.code == code
    assert time.monotonic() - started < LONGEST_S


async def test_a_stream_gives_what_came_before_it_breaks():
    async with scripted(saying(HEAD + b"half", then="silence")) as server, client_of() as client:
        stream = (await client.send(request_of(server.origin, **SHORT))).aiter_bytes()
        assert await anext(stream) == b"half"
        with pytest.raises(UpstreamError):
            await anext(stream)


async def test_a_body_that_never_ends_is_read_up_to_its_limit_only():
    async with scripted(endless_body) as server, client_of() as client:
        with pytest.raises(UpstreamError) as raised:
            await fetch(client, server.origin, limit=100_000)
    assert raised.value.code == "UPSTREAM_RESPONSE_TOO_LARGE"


async def test_a_slow_body_has_a_time_as_a_whole_when_it_is_held_and_none_when_it_is_streamed():
    async def talk(connection):
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        for _ in range(10):
            await asyncio.sleep(0.06)
            await connection.send(b"x")

    async with scripted(talk) as server, client_of() as client:
        times = {"idle_timeout_s": 2, "body_timeout_s": 0.3}
        assert await stream(await client.send(request_of(server.origin, **times))) == b"x" * 10
        with pytest.raises(UpstreamError) as raised:
            await fetch(client, server.origin, **times)
    assert raised.value.code == "UPSTREAM_TIMEOUT"


def bomb(size):
    """Return ``size`` zeros, compressed to a thousandth."""
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(bytes(1_000_000)) for _ in range(size // 1_000_000)) + packer.flush()


async def test_a_bomb_is_stopped_while_it_is_read_and_while_it_is_streamed():
    packed = bomb(60_000_000)
    received = [0, 0]

    async def take(response):
        async for part in response.aiter_bytes():
            received[0] += len(part)
            received[1] = max(received[1], len(part))

    async with (
        scripted(answering(GZIPPED + b"Content-Length: %d\r\n\r\n" % len(packed) + packed)) as server,
        client_of() as client,
    ):
        for read in (lambda response: response.read(1_000_000), take):
            response = await client.send(request_of(server.origin))
            with pytest.raises(UpstreamError) as raised:
                await read(response)
            assert raised.value.code == "UPSTREAM_RESPONSE_TOO_LARGE"
    assert received[0] < 20_000_000
    assert received[1] < 2_000_000


async def test_the_reason_is_told_apart():
    told = {b"xxxx": "not in the coding its header names", gzip.compress(b"hello")[:-1]: "before its content coding"}
    for body, reason in told.items():
        reply = GZIPPED + b"Content-Length: %d\r\n\r\n" % len(body) + body
        async with scripted(answering(reply)) as server, client_of() as client:
            with pytest.raises(UpstreamError, match=reason):
                await fetch(client, server.origin)


async def test_what_the_service_would_hold_is_no_bomb():
    packed = bomb(10_000_000)
    reply = GZIPPED + b"Content-Length: %d\r\n\r\n" % len(packed) + packed
    async with scripted(answering(reply)) as server, client_of() as client:
        assert len(await stream(await client.send(request_of(server.origin)))) == 10_000_000


async def test_a_bomb_in_a_redirect_is_not_unpacked():
    packed = bomb(60_000_000)
    head = b"HTTP/1.1 302 Found\r\nLocation: /end\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with (
        scripted(answering(lambda sent: OK if b"/end" in sent else head + packed)) as server,
        client_of() as client,
    ):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert (await fetch(client, server.origin))[1] == b"ok"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024


async def test_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with client_of() as client:
            with pytest.raises(UpstreamError) as raised:
                await fetch(client, f"http://127.0.0.1:{taken.getsockname()[1]}/")
    assert raised.value.code == "UPSTREAM_UNREACHABLE"


async def test_connections_are_not_accepted():
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
            started = time.monotonic()
            async with client_of() as client:
                with pytest.raises(UpstreamError) as raised:
                    await fetch(client, f"http://127.0.0.1:{port}/", connect_timeout_s=0.3)
        finally:
            for one in waiting:
                one.close()
    assert raised.value.code == "UPSTREAM_TIMEOUT"
    assert time.monotonic() - started < LONGEST_S


async def test_a_name_that_has_no_address_or_is_not_found_out_in_time():
    async with client_of(names={}) as client:
        with pytest.raises(UpstreamError) as raised:
            await fetch(client, "https://nowhere.example/")
    assert raised.value.code == "UPSTREAM_UNREACHABLE"
    assert "nowhere.example" in raised.value.detail


async def test_after_every_fault_the_client_still_works_and_has_kept_nothing():
    talks = [talk for talk, _ in BEFORE_THE_BODY.values()]

    async def talk(connection):
        if talks:
            await talks.pop()(connection)
        else:
            await answering(OK)(connection)

    async with scripted(talk) as server, client_of() as client:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _, code in reversed(BEFORE_THE_BODY.values()):
            with pytest.raises(UpstreamError):
                await fetch(client, server.origin, **times_for(code))
        assert (await fetch(client, server.origin))[1] == b"ok"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
