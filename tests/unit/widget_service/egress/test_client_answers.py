"""What goes out and what comes back, byte by byte, between the client and a real server."""

import asyncio
import gzip
import weakref
import zlib

import pytest

from unit.widget_service.egress.scripted import OK, answering, client_of, fetch, request_of, scripted
from widget_service._version import __version__
from widget_service.egress.transfer import HIGH_WATER_BYTES
from widget_service.errors import UpstreamError

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
TEXT = b"all work and no play " * 1000


def answer(status, *headers, body=b""):
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"Content-Length: %d" % len(body), b"", body])


def chunked(body, *headers, size=1000, trailer=b""):
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    framed = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    head = b"\r\n".join([b"HTTP/1.1 200 OK", *headers, b"Transfer-Encoding: chunked", b"", b""])
    return head + framed + b"0\r\n" + trailer + b"\r\n"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", [None, b"", b"\x00\xffbytes" * 100], ids=["none", "empty", "bytes"])
async def test_the_request_is_what_was_given_and_nothing_else(method, body):
    head_only = answer(b"200 OK") if method == "HEAD" else OK
    async with scripted(answering(head_only)) as server, client_of() as client:
        await fetch(client, f"{server.origin}/a/../b?c=d&e[]={{f}}", method, body=body, headers=[("X-A", "b")])
    head, _, sent = server.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    expected = {
        f"Host: 127.0.0.1:{server.port}".encode(),
        f"User-Agent: Widget-Service/{__version__}".encode(),
        b"Accept: */*",
        b"Accept-Encoding: gzip, deflate",
        b"X-A: b",
    }
    if method in ("POST", "PUT", "PATCH") or (body is not None and method != "HEAD"):
        expected.add(b"Content-Length: %d" % len(body or b""))
    assert lines[0] == b"%s /a/../b?c=d&e[]={f} HTTP/1.1" % method.encode()
    assert len(lines) == len(expected) + 1
    assert set(lines[1:]) == expected
    assert sent == (b"" if method == "HEAD" else body or b"")


async def test_headers_go_out_as_they_are_given():
    given = [
        ("X-Twice", "1"),
        ("X-Twice", "2"),
        ("x-lower", "ü€"),
        ("X-Empty", ""),
        ("User-Agent", "mine"),
        ("Accept", "text/plain"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "7"),
        ("Host", "other.example"),
    ]
    async with scripted(answering(OK)) as server, client_of() as client:
        await fetch(client, server.origin, "POST", body=b"x", headers=given)
    lines = server.requests[0].split(b"\r\n")
    for name, value in given[:7]:
        assert f"{name}: {value}".rstrip().encode() in [line.rstrip() for line in lines]
    assert sum(line.lower().startswith(b"user-agent:") for line in lines) == 1
    assert sum(line.lower().startswith(b"accept:") for line in lines) == 1
    assert b"Content-Length: 1" in lines
    assert not any(line.lower().startswith((b"transfer-encoding", b"host: other")) for line in lines)


async def test_a_large_body_is_sent_without_asking_first():
    async with scripted(answering(OK)) as server, client_of() as client:
        await fetch(client, server.origin, "POST", body=b"x" * 3_000_000)
    assert b"xpect" not in server.requests[0].partition(b"\r\n\r\n")[0]
    assert len(server.requests[0]) > 3_000_000


async def test_no_setting_of_one_request_is_left_for_the_next():
    async with (
        scripted(answering(lambda sent: answer(b"200 OK") if sent.startswith(b"HEAD") else OK)) as server,
        client_of() as client,
    ):
        await fetch(client, server.origin, "POST", body=b"secret", headers=[("X-Key", "secret")])
        await fetch(client, server.origin, "HEAD")
        _, body = await fetch(client, server.origin)
    assert body == b"ok"
    assert server.requests[2].startswith(b"GET / HTTP/1.1\r\n")
    assert b"secret" not in server.requests[2]
    assert b"ontent" not in server.requests[2]


async def test_nor_is_one_of_plain_requests_and_nothing_of_them_is_kept():
    async with scripted(answering(OK)) as server, client_of(names={"a.example": ["127.0.0.1"]}) as client:
        response, _ = await fetch(client, f"http://a.example:{server.port}/", headers=[("X-Key", "secret")])
        kept = weakref.ref(response._transfer)
        del response
        assert kept() is None
        await fetch(client, server.origin)
        await fetch(client, f"http://a.example:{server.port}/")
    assert b"secret" in server.requests[0]
    assert b"secret" not in server.requests[1] + server.requests[2]


@pytest.mark.parametrize(
    ("method", "reply", "status"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", 200),
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5000\r\n\r\n", 200),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\nContent-Length: 5000\r\n\r\n", 304),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200),
        ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n", 204),
    ],
)
async def test_answers_without_content_end_at_once_and_keep_the_connection(method, reply, status):
    async with scripted(answering(reply)) as server, client_of() as client:
        for _ in range(2):
            response, body = await fetch(client, server.origin, method)
            assert (response.status, body) == (status, b"")
    assert len(server.connections) == 1


@pytest.mark.parametrize("status", [200, 201, 299, 300, 305, 306, 400, 401, 404, 418, 500, 503, 599, 999])
async def test_statuses_pass_through(status):
    async with scripted(answering(answer(b"%d X" % status, body=b"body"))) as server, client_of() as client:
        response, body = await fetch(client, server.origin)
    assert (response.status, body) == (status, b"body")


async def test_headers_come_back_as_they_were_sent():
    reply = answer(b"200 OK", b"X-A: 1", b"x-a:2", b"X-U: \xc3\xbc", b"X-L: \xfc", b"Connection: keep-alive", body=b"x")
    async with scripted(answering(reply)) as server, client_of() as client:
        response, _ = await fetch(client, server.origin)
    assert response.headers == [("X-A", "1"), ("x-a", "2"), ("X-U", "ü"), ("X-L", "ü"), ("Content-Length", "1")]


async def test_interim_answers_and_trailers_are_ignored():
    reply = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + b"HTTP/1.1 100 Continue\r\n\r\n"
    reply += chunked(b"body", b"X: y", trailer=b"X-Trailer: z\r\n")
    async with scripted(answering(reply)) as server, client_of() as client:
        response, body = await fetch(client, server.origin)
    assert (response.status, response.headers, body) == (200, [("X", "y")], b"body")


async def test_a_body_that_ends_with_the_connection():
    reply = b"HTTP/1.0 200 OK\r\n\r\n" + TEXT
    async with scripted(answering(reply, then_close=True)) as server, client_of() as client:
        assert (await fetch(client, server.origin))[1] == TEXT


@pytest.mark.parametrize(
    ("coding", "coded"),
    [
        (b"gzip", gzip.compress(TEXT)),
        (b"deflate", zlib.compress(TEXT)),
        (b"identity", TEXT),
        (b"gzip, identity", gzip.compress(TEXT)),
        (b"gzip", gzip.compress(TEXT) + gzip.compress(b"")),
        (b"deflate", zlib.compress(TEXT)[2:-4]),
        (b"identity, identity", TEXT),
    ],
)
@pytest.mark.parametrize("frame", [chunked, lambda body, *headers: answer(b"200 OK", *headers, body=body)])
async def test_codings_are_taken_off_with_the_headers_that_speak_of_them(coding, coded, frame):
    async with scripted(answering(frame(coded, b"Content-Encoding: " + coding))) as server, client_of() as client:
        response, body = await fetch(client, server.origin)
    assert body == TEXT
    assert response.headers == []


@pytest.mark.parametrize("coding", [b"gzip", b"br"])
async def test_a_proxy_hands_a_coded_body_on_as_it_came(coding):
    reply = answer(b"200 OK", b"Content-Encoding: " + coding, body=b"whatever")
    async with scripted(answering(reply)) as server, client_of() as client:
        response, body = await fetch(client, server.origin, as_proxy=True)
    assert (body, response.headers[0]) == (b"whatever", ("Content-Encoding", coding.decode()))


async def test_a_coded_body_that_ends_with_the_connection():
    reply = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(TEXT)
    async with scripted(answering(reply, then_close=True)) as server, client_of() as client:
        assert (await fetch(client, server.origin))[1] == TEXT


async def test_a_coded_body_is_held_back_for_a_slow_reader_and_comes_whole():
    plain = bytes(8_000_000)
    reply = answer(b"200 OK", b"Content-Encoding: gzip", body=gzip.compress(plain))
    async with scripted(answering(reply)) as server, client_of() as client:
        response = await client.send(request_of(server.origin))
        sizes = []
        async for part in response.aiter_bytes():
            sizes.append(len(part))
            await asyncio.sleep(0)
    assert sum(sizes) == len(plain)
    assert max(sizes) <= HIGH_WATER_BYTES


async def test_a_streamed_body_is_the_same_as_a_read_one():
    async with scripted(answering(chunked(TEXT * 50, size=7777))) as server, client_of() as client:
        response = await client.send(request_of(server.origin))
        parts = [part async for part in response.aiter_bytes()]
    assert b"".join(parts) == TEXT * 50
    assert all(parts)


@pytest.mark.parametrize("coding", [b"", b"Content-Encoding: gzip\r\n"])
@pytest.mark.parametrize("limit", [0, 1, 20_999, 21_000])
async def test_a_read_is_bounded_whether_the_length_is_told_or_not(coding, limit):
    body = gzip.compress(TEXT) if coding else TEXT
    for reply in (
        chunked(body, *coding.split(b"\r\n")[:-1]),
        answer(b"200 OK", *coding.split(b"\r\n")[:-1], body=body),
    ):
        async with scripted(answering(reply)) as server, client_of() as client:
            if limit >= len(TEXT):
                assert (await fetch(client, server.origin, limit=limit))[1] == TEXT
                continue
            with pytest.raises(UpstreamError) as raised:
                await fetch(client, server.origin, limit=limit)
            assert raised.value.code == "UPSTREAM_RESPONSE_TOO_LARGE"


async def test_neither_proxies_nor_netrc_of_the_environment_are_used(monkeypatch, tmp_path):
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login anna password hunter2\n")
    async with scripted(answering(OK)) as server, client_of() as client:
        await fetch(client, server.origin)
    assert b"uthorization" not in server.requests[0]


async def test_cookies_are_not_kept():
    async with scripted(answering(answer(b"200 OK", b"Set-Cookie: a=b"))) as server, client_of() as client:
        await fetch(client, server.origin)
        await fetch(client, server.origin)
    assert b"ookie" not in server.requests[1]
