"""What faulty destinations do, through the whole service: the specified error in time, nothing cut off as complete."""

import asyncio
import gzip
import socket
import time
import zlib

import httpx2
import pytest

from support.background import destinations
from support.bare_service import Setup, bare_service
from unit.widget_service.egress.authority import Authority
from unit.widget_service.egress.scripted import OK, answering

MIB = 1024 * 1024
TIMES_S = {
    "upstream_timeout_s": 0.6,
    "upstream_connect_timeout_s": 0.4,
    "upstream_idle_timeout_s": 0.6,
    "upstream_body_timeout_s": 0.6,
}
LONGEST_S = 8.0
"""Without the settings above it would be 15 s."""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
BOMB = gzip.compress(bytes(64 * MIB), 9)


def saying(data, *, then="silence"):
    async def talk(connection):
        await connection.request()
        await connection.send(data)
        if then == "reset":
            await asyncio.sleep(0.05)  # what was sent must arrive: a reset overtakes it
            connection.reset()
        elif then == "silence":
            await connection.gone()

    return talk


async def dribbling_head(connection):
    await connection.request()
    for byte in HEAD:
        await connection.send(bytes([byte]))
        await asyncio.sleep(0.1)


async def dribbling_body(connection):
    await connection.request()
    await connection.send(HEAD + b"Content-Length: 100\r\n\r\n")
    for _ in range(100):
        await connection.send(b".")
        await asyncio.sleep(0.1)


async def more_than_its_length(connection):
    await connection.request()
    await connection.send(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
    await connection.gone()


async def endless(connection):
    await connection.request()
    await connection.send(HEAD + b"\r\n")
    while not connection.closed.is_set():
        await connection.send(bytes(65536))


def coded(status, more=b""):
    return b"HTTP/1.1 %s X\r\nContent-Encoding: gzip\r\n%sContent-Length: %d\r\n\r\n%s" % (
        status,
        more,
        len(BOMB),
        BOMB,
    )


async def plain_text(connection):
    await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await connection.gone()


async def never_reads(connection):
    await connection.gone()


BEFORE_THE_BODY = {
    "silence": (saying(b""), "UPSTREAM_TIMEOUT"),
    "one byte at a time": (dribbling_head, "UPSTREAM_TIMEOUT"),
    "closed at once": (saying(b"", then="close"), "UPSTREAM_UNREACHABLE"),
    "reset at once": (saying(b"", then="reset"), "UPSTREAM_UNREACHABLE"),
    "garbage status line": (saying(b"NONSENSE 1 2 3\r\n\r\n"), "UPSTREAM_INVALID_RESPONSE"),
    "10,000 headers": (saying(HEAD + b"X-Header: value\r\n" * 10_000 + b"\r\n"), "UPSTREAM_INVALID_RESPONSE"),
    "header of 300 KB": (saying(HEAD + b"X: " + b"x" * 300_000 + b"\r\n\r\n"), "UPSTREAM_INVALID_RESPONSE"),
    "two lengths": (saying(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), "UPSTREAM_INVALID_RESPONSE"),
    "bomb in a redirect without end": (answering(coded(b"302", b"Location: /\r\n")), "UPSTREAM_REDIRECT"),
}
WITHIN_THE_BODY = {
    "short body": (saying(HEAD + b"Content-Length: 100\r\n\r\nhalf", then="close"), "UPSTREAM_INVALID_RESPONSE"),
    "reset in the middle": (
        saying(HEAD + b"Content-Length: 100\r\n\r\nhalf", then="reset"),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "missing last chunk": (
        saying(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", then="close"),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "chunk that is none": (
        saying(HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n"),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "silence in the middle": (saying(HEAD + b"Content-Length: 100\r\n\r\nhalf"), "UPSTREAM_TIMEOUT"),
    "gzip cut off": (
        saying(
            HEAD + b"Content-Encoding: gzip\r\nContent-Length: 99\r\n\r\n" + gzip.compress(bytes(9))[:-9], then="close"
        ),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "gzip cut off, to the end of the connection": (
        saying(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(9))[:-9], then="close"),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "deflate without its last byte": (
        saying(HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(bytes(99_999))[:-1], then="close"),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "deflate that is none": (
        saying(HEAD + b"Content-Encoding: deflate\r\n\r\n" + zlib.compress(b"x")[:2] + b"\xff" * 50, then="close"),
        "UPSTREAM_INVALID_RESPONSE",
    ),
    "endless body": (endless, "UPSTREAM_RESPONSE_TOO_LARGE"),
    "bomb": (answering(coded(b"200")), "UPSTREAM_RESPONSE_TOO_LARGE"),
    "bomb in a 401": (answering(coded(b"401")), "UPSTREAM_RESPONSE_TOO_LARGE"),
}
SLOW_OR_LONG = {"one byte at a time, body": dribbling_body, "more than its length": more_than_its_length}
TLS = ("expired", "self-signed", "wrong name", "plain text on the port")


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """The service over all faulty destinations, each passed through (``p``) and held for a template (``h``)."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    certificates = {
        "expired": authority.server("127.0.0.1", days=-1),
        "self-signed": authority.server("127.0.0.1", self_signed=True),
        "wrong name": authority.server("other.example"),
    }
    talks = {name: talk for name, (talk, _) in (BEFORE_THE_BODY | WITHIN_THE_BODY).items()}
    talks |= SLOW_OR_LONG
    talks |= {name: (answering(OK), context) for name, context in certificates.items()}
    talks |= {"plain text on the port": plain_text, "no handshake": never_reads}
    with socket.socket() as deaf, destinations(talks) as servers:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        urls = {name: f"http://127.0.0.1:{server.port}/" for name, server in servers.items()}
        urls |= {name: urls[name].replace("http:", "https:") for name in (*TLS, "no handshake")}
        urls["no accept"] = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        connectors = [{"name": f"p {name}", "url": url} for name, url in urls.items()]
        connectors += [
            {"name": f"h {name}", "url": url, "response_body": "{{ response.body }}"} for name, url in urls.items()
        ]
        settings = {"allow_insecure_upstreams": True, **TIMES_S, "circuit_max_failures": 1000}
        with bare_service(
            tmp_path_factory.mktemp("service"), Setup(connectors, settings=settings, ca_file=authority.ca_file)
        ) as service:
            yield service
        for filler in fillers:
            filler.close()


def permalink(how, name):
    from widget_service.connectors.permalink import permalink_from_name

    return permalink_from_name(f"{how} {name}")


def refusal(service, how, name):
    """Return the code of the error envelope that a call is answered with, in time."""
    started = time.monotonic()
    with httpx2.Client(trust_env=False, timeout=10) as client:
        answer = client.get(service.url(permalink(how, name)))
    assert time.monotonic() - started < LONGEST_S
    assert "x-connector-upstream-status" not in answer.headers
    return answer.status_code, answer.json()["errors"]["code"]


@pytest.mark.parametrize("how", ["p", "h"], ids=["passed through", "held"])
@pytest.mark.parametrize("name", BEFORE_THE_BODY)
def test_before_the_body(service, name, how):
    assert refusal(service, how, name) == (502, BEFORE_THE_BODY[name][1])


@pytest.mark.parametrize("name", [*TLS])
def test_tls(service, name):
    assert refusal(service, "p", name) == (502, "UPSTREAM_TLS_ERROR")


@pytest.mark.parametrize("name", ["no handshake", "no accept"])
def test_no_connection(service, name):
    assert refusal(service, "p", name) == (502, "UPSTREAM_TIMEOUT")


@pytest.mark.parametrize("name", WITHIN_THE_BODY)
def test_a_body_that_is_held(service, name):
    assert refusal(service, "h", name) == (502, WITHIN_THE_BODY[name][1])


def test_a_body_that_is_held_has_a_time_as_a_whole(service):
    assert refusal(service, "h", "one byte at a time, body") == (502, "UPSTREAM_TIMEOUT")


@pytest.mark.parametrize("how", ["p", "h"], ids=["passed through", "held"])
def test_what_comes_behind_an_answer_is_never_taken_for_the_next_one(service, how):
    with httpx2.Client(trust_env=False, timeout=10) as client:
        answers = [client.get(service.url(permalink(how, "more than its length"))) for _ in range(3)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"ok")] * 3


@pytest.mark.parametrize("name", [name for name in WITHIN_THE_BODY if name != "endless body"])
def test_a_body_that_is_passed_through_is_never_complete(service, name):
    """What is known before the answer begins is an error of its own; after that, the connection breaks."""
    started = time.monotonic()
    with httpx2.Client(trust_env=False, timeout=10) as client:
        try:
            answer = client.get(service.url(permalink("p", name)))
        except httpx2.RemoteProtocolError:
            pass
        else:
            assert (answer.status_code, answer.json()["errors"]["code"]) == (502, WITHIN_THE_BODY[name][1])
    assert time.monotonic() - started < LONGEST_S


def read_some(service, name, *, parts):
    """Read parts of an answer that is passed through, and go away; return how many bytes they were."""
    with (
        httpx2.Client(trust_env=False, timeout=10) as client,
        client.stream("GET", service.url(permalink("p", name))) as answer,
    ):
        return sum(len(part) for _, part in zip(range(parts), answer.iter_raw(65536), strict=False))


def test_an_endless_body_ends_with_its_reader(service):
    assert read_some(service, "endless body", parts=200) > MIB


def test_memory_is_what_it_was(service):
    names = [name for name in (*BEFORE_THE_BODY, *WITHIN_THE_BODY) if "silence" not in name and "byte" not in name]
    refusal(service, "h", "garbage status line")
    before = service.memory_kib()
    for name in names * 3:
        refusal(service, "h", name)
    assert read_some(service, "endless body", parts=1000) > 32 * MIB
    assert service.memory_kib() - before < 64 * 1024
