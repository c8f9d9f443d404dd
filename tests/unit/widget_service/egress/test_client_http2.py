"""HTTP/2, where a destination offers it: the same answers, errors and separation as with HTTP/1.1."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from unit.widget_service.egress.authority import Authority
from unit.widget_service.egress.scripted import client_of, fetch, request_of
from widget_service.errors import UpstreamError

SERVER = Path(__file__).with_name("http2_server.mjs")
NAMES = {"a.example": ["127.0.0.1"], "b.example": ["127.0.0.1"]}


class Http2Server:
    """The server's process; ``ends`` stops it and returns how many sessions and streams it had."""

    def __init__(self, pem: Path) -> None:
        node = shutil.which("node")
        if node is None:
            pytest.skip("node is not there; install it with: make setup-system")
        self._process = subprocess.Popen([node, str(SERVER), str(pem)], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def url(self, path: str = "/", host: str = "a.example") -> str:
        return f"https://{host}:{self.port}{path}"

    def ends(self) -> tuple[int, int]:
        self._process.terminate()
        output, _ = self._process.communicate(timeout=10)
        return output.count("session"), output.count("stream")


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def server(authority, tmp_path):
    authority.server("a.example", "b.example")
    server = Http2Server(tmp_path / "server-1.pem")
    yield server
    server.ends()


@pytest.fixture
async def client(authority):
    async with client_of(names=NAMES, ca_file=authority.ca_file) as client:
        yield client


async def test_requests_share_a_session_and_names_do_not(client, server):
    await fetch(client, server.url())
    answers = await asyncio.gather(*(fetch(client, server.url()) for _ in range(50)))
    assert [body for _, body in answers] == [b"ok"] * 50
    await fetch(client, server.url(host="b.example"))
    assert server.ends() == (2, 52)


async def test_headers_and_body_are_what_was_given(client, server):
    headers = [("X-Key", "ü"), ("X-Empty", ""), ("Content-Type", "text/plain")]
    response, body = await fetch(client, server.url("/headers"), "POST", headers=headers, body=b"12345")
    received = json.loads(body)
    assert received[":method"] == "POST"
    assert received[":authority"] == f"a.example:{server.port}"
    assert received["x-key"].encode("latin-1").decode() == "ü"  # node reads the bytes of a header one by one
    assert (received["x-empty"], received["content-length"]) == ("", "5")
    assert received["content-type"] == "text/plain"
    assert ("content-type", "application/json") in response.headers


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/reset", "UPSTREAM_INVALID_RESPONSE"),
        ("/half", "UPSTREAM_INVALID_RESPONSE"),
        ("/many-headers", "UPSTREAM_INVALID_RESPONSE"),
        ("/refused", "UPSTREAM_UNREACHABLE"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_faults(client, server, path, code, method):
    with pytest.raises(UpstreamError) as raised:
        await fetch(client, server.url(path), method)
    assert raised.value.code == code
    assert (await fetch(client, server.url()))[1] == b"ok"


async def test_a_slow_reader_holds_up_its_own_stream_only(client, server):
    stream = (await client.send(request_of(server.url("/big")))).aiter_bytes()
    size = len(await anext(stream))
    for _ in range(20):
        assert (await fetch(client, server.url()))[1] == b"ok"
    async for part in stream:
        size += len(part)
    assert size == 5_000_000


async def test_letting_go_of_an_answer_leaves_the_session_to_others(client, server):
    for _ in range(3):
        stream = (await client.send(request_of(server.url("/big")))).aiter_bytes()
        await anext(stream)
        await stream.aclose()
        assert (await fetch(client, server.url()))[1] == b"ok"
    sessions, _ = server.ends()
    assert sessions == 1
