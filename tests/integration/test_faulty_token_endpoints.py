"""Token endpoints that do everything wrong, to a service that really runs: a clear error, no leak, no second try."""

import gzip
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx2
import pytest

from support.installation import make_installation, serving
from support.upstream import Upstream, reply_json

SECRET = "s3cret-of-the-client"
ELSEWHERE = "ELSEWHERE"


def answer(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def told(value: object, status: str = "200 OK") -> bytes:
    return answer(json.dumps(value).encode(), status, "Content-Type: application/json")


BOMB = gzip.compress(b'{"access_token": "' + b"x" * 50_000_000)
NO_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
GOOD = b'{"access_token": "t0ken"}'

CASES = {
    "bad-json": (answer(b'{"access_token": "t0ken"'), "no JSON object"),
    "html": (answer(b"<html>sign in</html>", "200 OK", "Content-Type: text/html"), "no JSON object"),
    "nested": (answer(b"[" * 100_000), "no JSON object"),
    "nan": (answer(b'{"access_token": NaN}'), "no JSON object"),
    "empty": (answer(b""), "no JSON object"),
    "no-content": (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", "no JSON object"),
    "error-with-200": (told({"error": "invalid_client"}), "answered 200: invalid_client"),
    "error-and-token": (
        told({"error": "x", "access_token": "t0ken-of-it", "error_description": "was t0ken-of-it"}),
        "answered 200: x.",
    ),
    "echoes-the-secret": (told({"error": "x", "error_description": f"bad {SECRET}"}, "401 No"), "answered 401: x."),
    "echoes-in-html": (answer(SECRET.encode(), "500 Oops", "Content-Type: text/html"), "answered 500."),
    "redirect-302": (answer(b"", "302 Found", f"Location: {ELSEWHERE}/302"), "redirect 302"),
    "redirect-307": (answer(b"", "307 Temporary Redirect", f"Location: {ELSEWHERE}/307"), "redirect 307"),
    "redirect-308": (answer(b"", "308 Permanent Redirect", f"Location: {ELSEWHERE}/308"), "redirect 308"),
    "redirect-nowhere": (answer(b"", "303 See Other"), "303"),
    "gzip-bomb": (answer(BOMB, "200 OK", "Content-Encoding: gzip"), "longer than"),
    "no-gzip": (answer(GOOD, "200 OK", "Content-Encoding: gzip"), "coding its header names"),
    "huge-body": (answer(b'{"access_token": "' + b"x" * 2_000_000), "longer than"),
    "huge-token": (told({"access_token": "x" * 40_000}), "no header can carry"),
    "huge-headers": (answer(GOOD, "200 OK", "X-A: " + "a" * 400_000), "headers that are too large"),
    "injected-header": (told({"access_token": "t0ken\r\nX-Injected: yes"}), "no header can carry"),
    "injected-nul": (told({"access_token": "t0ken\0"}), "no header can carry"),
    "no-text": (told({"access_token": ["t0ken"]}), "without an access_token"),
    "no-token": (told({"id_token": "t0ken"}), "without an access_token"),
    "mac": (told({"access_token": "t0ken", "token_type": "mac"}), "of type mac"),
    "dpop": (told({"access_token": "t0ken", "token_type": "DPoP"}), "of type DPoP"),
    "no-http": (b"220 mail.example.com ESMTP\r\n", "did not answer in HTTP"),
    "nothing": (b"", "without an answer"),
    "half-a-head": (b"HTTP/1.1 200 OK\r\nContent-Le", "token endpoint 127.0.0.1"),
    "half-a-body": (NO_LENGTH + b"Content-Length: 100\r\n\r\n" + GOOD, "before it was complete"),
    "half-a-chunk": (NO_LENGTH + b"Transfer-Encoding: chunked\r\n\r\n19\r\n" + GOOD[:9], "token endpoint 127.0.0.1"),
    "two-lengths": (NO_LENGTH + b"Content-Length: 3\r\nContent-Length: 25\r\n\r\n" + GOOD, "token endpoint 127.0.0.1"),
    "unknown-status": (told({"error": "teapot"}, "799 Whatever"), "answered 799: teapot"),
    "too-many": (told({"error": "slow_down"}, "429 Too Many Requests"), "answered 429: slow_down"),
}
LONGEST_S = 10
"""The limit is one second, as it is set here; without the setting it would be 15."""
SLOW = {"drip": "did not end its answer", "silent": "did not answer in time"}


@dataclass
class RawEndpoint:
    """Answers each path with its bytes, counts who asked, and remembers what it was asked."""

    elsewhere: str
    asked: dict[str, int] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def serve(self, listening: socket.socket) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            data = connection.recv(65536)
            if not data:
                return
            case = data.split(b" ", 2)[1].decode().strip("/")
            self.asked[case] = self.asked.get(case, 0) + 1
            try:
                self._say(connection, case)
            except OSError:
                return
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 5))

    def _say(self, connection: socket.socket, case: str) -> None:
        if case == "silent":
            self.ended.wait(30)
        elif case == "drip":
            connection.sendall(NO_LENGTH + b"Content-Length: 1000\r\n\r\n")
            while not self.ended.wait(0.2):
                connection.sendall(b" ")
        else:
            connection.sendall(CASES[case][0].replace(ELSEWHERE.encode(), self.elsewhere.encode()))


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Upstream]:
    with Upstream().serving() as server:
        server.replies |= {f"/{status}": reply_json({"access_token": "t0ken"}) for status in (302, 307, 308)}
        yield server


@pytest.fixture(scope="module")
def endpoint(elsewhere) -> Iterator[tuple[RawEndpoint, str]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        raw = RawEndpoint(elsewhere.origin)
        thread = threading.Thread(target=raw.serve, args=(listening,), daemon=True)
        thread.start()
        yield raw, f"http://127.0.0.1:{listening.getsockname()[1]}"
        raw.ended.set()
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.fixture(scope="module")
def destination() -> Iterator[Upstream]:
    with Upstream().serving() as server:
        yield server


@pytest.fixture(scope="module")
def service(tmp_path_factory, destination, endpoint) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("service")
    connectors = [
        {
            "name": case,
            "permalink": case,
            "url": f"{destination.origin}/v1",
            "authentication": {
                "type": "oauth_client_credentials",
                "config": {
                    "client_id": "me",
                    "client_secret": "{{ get_secret('secret') }}",
                    "token_url": f"{endpoint[1]}/{case}",
                },
            },
        }
        for case in [*CASES, *SLOW]
    ]
    settings = make_installation(folder, connectors, {"secret": SECRET})
    with serving(settings, folder, WIDGET_SERVICE_UPSTREAM_TIMEOUT_S="1") as (origin, _):
        yield origin
        log = "".join(file.read_text() for file in folder.glob("serve-*.log"))
        assert "tokens.failed" in log
        assert "unforeseen" not in log
        assert not any(word in log for word in (SECRET, "t0ken"))


def call(service: str, case: str) -> tuple[httpx2.Response, float]:
    started = time.monotonic()
    response = httpx2.get(f"{service}/widget-service/connectors/{case}/execute", trust_env=False, timeout=60)
    return response, time.monotonic() - started


def checked(response: httpx2.Response) -> str:
    """Return the error's detail, once it is what any of these must be."""
    error = response.json()["errors"]
    assert (response.status_code, error["code"], error["scope"]) == (
        502,
        "OAUTH_TOKEN_ERROR",
        "Authentication (OAuth token)",
    )
    assert "he token endpoint 127.0.0.1" in error["detail"]
    assert not any(word in response.text for word in (SECRET, "t0ken", "destination"))
    return error["detail"]


@pytest.mark.parametrize("case", CASES)
def test_a_faulty_answer_is_a_clear_error_that_is_remembered(service, destination, endpoint, elsewhere, case):
    for _ in range(3):
        response, _ = call(service, case)
        assert CASES[case][1] in checked(response)
        assert "timeout" not in json.loads(response.headers["x-connector-timing"])
    assert endpoint[0].asked[case] == 1
    assert not destination.received
    assert not elsewhere.received


@pytest.mark.parametrize("case", SLOW)
def test_an_endpoint_that_is_too_slow_is_a_timeout(service, destination, endpoint, case):
    response, taken_s = call(service, case)
    detail = checked(response)
    assert SLOW[case] in detail or "did not give a token in time" in detail
    assert 0.9 < taken_s < LONGEST_S
    again, taken_s = call(service, case)
    for each in (response, again):
        timing = json.loads(each.headers["x-connector-timing"])
        assert (timing["timeout"], timing["error"]) == (True, "OAUTH_TOKEN_ERROR")
    assert taken_s < LONGEST_S
    assert not destination.received
