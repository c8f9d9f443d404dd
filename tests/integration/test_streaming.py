"""Bodies on their way through the running service, both ways: as they come, at the slower side's pace, whole or not."""

import asyncio
import socket
import ssl
import time

import httpx2
import pytest

from integration.test_limits import error_of, serving, until
from unit.widget_service.egress.authority import Authority
from unit.widget_service.egress.scripted import OK, answering

MIB = 1024 * 1024


class Sink:
    """A destination that takes a body apart, and says whether it was whole."""

    def __init__(self):
        self.head, self.body, self.ended = b"", bytearray(), False

    async def __call__(self, connection):
        reader = connection.reader
        while True:
            try:
                self.head = await reader.readuntil(b"\r\n\r\n")
                self.body, self.ended = bytearray(), False
                await (self._chunks(reader) if b"chunked" in self.head.lower() else self._counted(reader))
            except (asyncio.IncompleteReadError, OSError):
                return
            self.ended = True
            await connection.send(OK)

    async def _counted(self, reader):
        length = next(
            int(line[15:]) for line in self.head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        while len(self.body) < length:
            part = await reader.read(min(65536, length - len(self.body)))
            if not part:
                raise asyncio.IncompleteReadError(b"", length)
            self.body += part

    async def _chunks(self, reader):
        while size := int(await reader.readuntil(b"\r\n"), 16):
            self.body += await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)


class Slow:
    """A destination that reads nothing for a while, then everything; answers at the end of a counted body."""

    def __init__(self):
        self.begun = self.go = False

    async def __call__(self, connection):
        head = await connection.reader.readuntil(b"\r\n\r\n")
        self.begun = True
        while not self.go:
            await asyncio.sleep(0.01)
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await connection.reader.readexactly(length)
        await connection.send(OK)


POST = {"name": "post", "method": "POST", "url": "{sink}/"}
BINARY = {"Content-Type": "application/octet-stream"}


async def parts_of(size, part=50_000):
    for start in range(0, size, part):
        yield bytes([start // part % 251]) * min(part, size - start)


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 3 * MIB])
@pytest.mark.parametrize("counted", [True, False], ids=["with its length", "in chunks"])
async def test_a_body_arrives_as_it_was_sent(uploads, size, counted):
    service, sink = uploads
    body = b"".join([part async for part in parts_of(size)])
    answer = await service.client.post(service.url("post"), content=body if counted else parts_of(size), headers=BINARY)
    assert answer.text == "ok"
    assert sink.ended
    assert bytes(sink.body) == body
    assert (b"chunked" in sink.head.lower()) == (not counted and size > 65_536)


@pytest.fixture
async def uploads(tmp_path):
    sink = Sink()
    async with serving(tmp_path, {"sink": sink}, [POST], max_request_bytes=4 * MIB) as service:
        yield service, sink


async def test_a_body_is_on_its_way_before_it_is_complete(uploads):
    service, sink = uploads
    held = asyncio.Event()

    async def body():
        yield bytes(200_000)
        await held.wait()
        yield b"end"

    call = asyncio.create_task(service.client.post(service.url("post"), content=body(), headers=BINARY))
    await until(lambda: len(sink.body) >= 100_000)
    assert not call.done()
    held.set()
    assert (await call).text == "ok"
    assert len(sink.body) == 200_003


async def test_a_body_that_turns_out_too_large_is_not_whole_at_the_destination(uploads):
    service, sink = uploads
    answer = await service.client.post(service.url("post"), content=parts_of(5 * MIB), headers=BINARY)
    assert error_of(answer) == (413, "REQUEST_TOO_LARGE")
    assert not sink.ended
    answer = await service.client.post(service.url("post"), content=bytes(4 * MIB + 1), headers=BINARY)
    assert error_of(answer) == (413, "REQUEST_TOO_LARGE")


async def test_a_caller_who_breaks_its_body_off(uploads):
    service, sink = uploads
    host, _, port = service.origin.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as caller:
        path = service.url("post").removeprefix(service.origin)
        caller.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode() + bytes(200_000))
        await until(lambda: len(sink.body) >= 100_000)
    connection = service.servers["sink"].connections[-1]
    await until(connection.closed.is_set)
    assert not sink.ended


async def test_a_destination_that_does_not_read_holds_its_caller_back(tmp_path):
    slow = Slow()
    async with serving(tmp_path, {"sink": slow}, [POST], max_request_bytes=256 * MIB) as service:
        await service.client.get(service.url("nobody"))
        before, sent = service.memory_kib(), 0

        async def body():
            nonlocal sent
            for _ in range(128):
                yield bytes(MIB)
                sent += MIB

        headers = {**BINARY, "Content-Length": str(128 * MIB)}
        call = asyncio.create_task(service.client.post(service.url("post"), content=body(), headers=headers))
        await until(lambda: slow.begun)
        stood = -1
        while stood != sent:  # until nothing more is taken
            stood = sent
            await asyncio.sleep(0.2)
        assert sent < 64 * MIB
        slow.go = True
        assert (await call).text == "ok"
        assert sent == 128 * MIB
        assert service.memory_kib() - before < 64 * 1024


async def test_a_caller_that_does_not_read_holds_the_destination_back(tmp_path):
    given = 0

    async def endless(connection):
        nonlocal given
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while not connection.closed.is_set():
            await connection.send(bytes(65536))
            given += 65536

    async with serving(tmp_path, {"endless": endless}, [{"name": "a", "url": "{endless}/"}]) as service:
        await service.client.get(service.url("nobody"))
        before = service.memory_kib()
        async with service.client.stream("GET", service.url("a")) as answer:
            parts = answer.aiter_raw(1000)
            assert await anext(parts)
            stood = -1
            while stood != given:
                stood = given
                await asyncio.sleep(0.2)
            assert given < 48 * MIB
            assert service.memory_kib() - before < 64 * 1024
        await until(lambda: all(connection.closed.is_set() for connection in service.servers["endless"].connections))


async def test_events_come_one_by_one(tmp_path):
    async def events(connection):
        await connection.request()
        await connection.send(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for number in range(3):
            event = b"data: %d\n\n" % number
            await connection.send(b"%x\r\n%s\r\n" % (len(event), event))
            while not seen[number]:
                await asyncio.sleep(0.01)
        await connection.send(b"0\r\n\r\n")

    seen = [False, False, False]
    async with serving(tmp_path, {"events": events}, [{"name": "a", "url": "{events}/"}]) as service:
        async with service.client.stream("GET", service.url("a")) as answer:
            assert answer.headers["content-type"] == "text/event-stream"
            number = 0
            async for part in answer.aiter_raw():
                assert part == b"data: %d\n\n" % number
                seen[number] = True
                number += 1
        assert number == 3


@pytest.mark.parametrize("when", ["before the answer", "within the answer"])
async def test_a_caller_who_goes_away_ends_the_call(tmp_path, when):
    async def hangs(connection):
        await connection.request()
        if when == "within the answer":
            await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        await connection.gone()

    async with serving(tmp_path, {"hangs": hangs}, [{"name": "a", "url": "{hangs}/", "max_concurrency": 1}]) as service:
        for _ in range(2):  # the second finds the connector's only place free
            started = time.monotonic()
            with pytest.raises((httpx2.ReadTimeout, httpx2.RemoteProtocolError)):
                await service.client.get(service.url("a"), timeout=0.7)
            await until(lambda: all(c.closed.is_set() for c in service.servers["hangs"].connections))
            assert time.monotonic() - started < 10
        assert len(service.servers["hangs"].connections) == 2


ANSWERS = {
    "head": ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 12345\r\n\r\n", 200, "12345"),
    "no content": ("DELETE", b"HTTP/1.1 204 No Content\r\n\r\n", 204, None),
    "not modified": ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', 304, None),
    "reset content": ("POST", b"HTTP/1.1 205 X\r\nContent-Length: 0\r\n\r\n", 205, "0"),
    "options": ("OPTIONS", OK, 200, "2"),
    "empty": ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "0"),
    "long": ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + bytes(3_000_000), 200, "3000000"),
    "to the end": ("GET", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall", 200, None),
}


async def test_answers_with_and_without_content(tmp_path):
    talks = {f"d{n}": answering(raw, then_close=b"close" in raw) for n, (_, raw, _, _) in enumerate(ANSWERS.values())}
    connectors = [{"name": f"c{n}", "method": a[0], "url": f"{{d{n}}}/"} for n, a in enumerate(ANSWERS.values())]
    async with serving(tmp_path, talks, connectors) as service:
        for number, (name, (method, raw, code, length)) in enumerate(ANSWERS.items()):
            for _ in range(2):  # the connection to the caller is still in step
                answer = await service.client.request(method, service.url(f"c{number}"))
                body = b"" if method == "HEAD" else raw.partition(b"\r\n\r\n")[2]
                assert (answer.status_code, answer.content) == (code, body), name
                if length is not None:
                    assert answer.headers.get("content-length") == length, name


async def test_certificates_of_a_connectors_own(tmp_path):
    authority, other = Authority(tmp_path / "a"), Authority(tmp_path / "b")
    context = authority.server("127.0.0.1")
    context.load_verify_locations(other.ca_file)
    context.verify_mode = ssl.CERT_REQUIRED
    certificate, key = other.client("the service")
    tls = {"ca": authority.pem, "client_cert": certificate, "client_key": "{{ get_secret('key') }}"}
    url = {"url": "{tls}/"}
    connectors = [
        {"name": "both", **url, "tls": tls},
        {"name": "pasted", **url, "tls": {**tls, "client_key": key.replace("\n", "\\n")}},
        {"name": "no certificate", **url, "tls": {"ca": authority.pem}},
        {"name": "wrong authority", **url, "tls": {**tls, "ca": other.pem}},
        {"name": "the systems authorities", **url, "tls": {k: v for k, v in tls.items() if k != "ca"}},
        {"name": "wrong key", **url, "tls": {**tls, "client_key": authority.client("x")[1]}},
        {"name": "no key", **url, "tls": {**tls, "client_key": "none"}},
    ]
    talks = {"tls": (answering(OK), context)}
    async with serving(tmp_path, talks, connectors, secrets={"key": key}) as service:
        for name in ("both", "pasted", "both"):
            assert (await service.client.get(service.url(name))).text == "ok"
        for connector in connectors[2:]:
            answer = await service.client.get(service.url(connector["name"].replace(" ", "-")))
            assert answer.status_code == 502, connector["name"]
            assert answer.json()["errors"]["code"].startswith("UPSTREAM_"), connector["name"]
            assert "PRIVATE KEY" not in answer.text
        assert len(service.servers["tls"].requests) == 3
        assert "PRIVATE KEY" not in service.log.read_text()
