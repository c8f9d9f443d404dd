"""What happens on the network, over real sockets: every failure has its error, and time is kept to the last byte."""

import asyncio
import functools
import gzip
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from unit.widget_service_sdk.certificates import self_signed
from unit.widget_service_sdk.clients import both_clients, execute, with_sdk
from unit.widget_service_sdk.loopback import (
    JSON_HEAD,
    Connection,
    LoopbackServer,
    always,
    closed_port,
    json_answer,
)
from widget_service_sdk import (
    ConnectorBoundaryError,
    ConnectorExecuteError,
    ConnectorNetworkError,
    ConnectorTimeoutError,
)

LONG = b'{"a": "' + b"x" * 10_000 + b'"}'


def wait(connection: Connection) -> None:
    """Says nothing for as long as the client stays."""
    connection.request()
    connection.wait_until_gone()


def send(data: bytes) -> Callable[[Connection], None]:
    """Answers with these bytes and closes."""

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(data)

    return script


def reset(connection: Connection) -> None:
    """Breaks the connection instead of answering."""
    connection.request()
    connection.reset()


BROKEN = {
    "resets": (reset, "the connection broke"),
    "closes after the request": (send(b""), "no complete HTTP answer"),
    "closes in the head": (send(JSON_HEAD), "no complete HTTP answer"),
    "closes in the body": (send(JSON_HEAD + b"Content-Length: 100\r\n\r\n" + b'{"a"'), "no complete HTTP answer"),
    "closes in a chunk": (
        send(JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"),
        "no complete HTTP answer",
    ),
    "speaks another protocol": (send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "no complete HTTP answer"),
    "sends a broken gzip": (
        send(JSON_HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"),
        "Content-Encoding is broken",
    ),
}


@both_clients
@pytest.mark.parametrize(("script", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_is_a_network_error(blocking: bool, script: Callable[[Connection], None], reason: str) -> None:
    with LoopbackServer(script) as server, pytest.raises(ConnectorNetworkError) as caught:
        execute(blocking, server.url)
    assert reason in str(caught.value)
    assert f"the answer from {server.url} broke off: " in str(caught.value)
    assert "cannot be reached" not in str(caught.value)
    assert isinstance(caught.value.cause, Exception)
    assert caught.value.__cause__ is caught.value.cause


@both_clients
def test_a_refused_connection_says_where_and_what_to_do(blocking: bool) -> None:
    with closed_port() as url, pytest.raises(ConnectorNetworkError) as caught:
        execute(blocking, url)
    assert str(caught.value) == (
        f'connector "weather-api" failed: {url} cannot be reached: cannot connect (Connection refused); is it running '
        "there? check base_url (or WIDGET_SERVICE_URL)"
    )


@both_clients
def test_an_unknown_host_is_a_network_error(blocking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(
        ConnectorNetworkError, match=r"https://widgets\.test cannot be reached: .*Name or service not known"
    ):
        execute(blocking, "https://widgets.test")


@both_clients
def test_a_certificate_of_nobody_is_a_network_error(blocking: bool) -> None:
    with (
        LoopbackServer(json_answer(b"{}"), tls=self_signed()) as server,
        pytest.raises(ConnectorNetworkError) as caught,
    ):
        execute(blocking, server.url)
    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value)
    assert server.requests == []


@both_clients
def test_tls_towards_a_plain_server_is_a_network_error(blocking: bool) -> None:
    def plain(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with LoopbackServer(plain) as server, pytest.raises(ConnectorNetworkError, match="cannot connect"):
        execute(blocking, server.url.replace("http:", "https:"))


@both_clients
def test_a_trusted_certificate_works(blocking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    context = self_signed()
    monkeypatch.setenv("SSL_CERT_FILE", context.certificate_file)
    with LoopbackServer(json_answer(b'{"temp": 21}'), tls=context) as server:
        assert execute(blocking, server.url) == {"temp": 21}


def drip_head(connection: Connection) -> None:
    """Sends a head that does not end, a byte at a time."""
    connection.request()
    connection.drip(JSON_HEAD * 100)


def drip_body(connection: Connection) -> None:
    """Sends a long body, a byte at a time."""
    connection.request()
    connection.send(JSON_HEAD + b"Content-Length: %d\r\n\r\n" % len(LONG))
    connection.drip(LONG)


def stop_in_body(connection: Connection) -> None:
    """Sends the beginning of a body, and no more."""
    connection.request()
    connection.send(JSON_HEAD + b"Content-Length: 100\r\n\r\n{")
    connection.wait_until_gone()


@both_clients
@pytest.mark.parametrize("script", [wait, drip_head, drip_body, stop_in_body])
def test_the_timeout_is_for_the_whole_call(blocking: bool, script: Callable[[Connection], None]) -> None:
    started = time.monotonic()
    with LoopbackServer(script) as server:
        with pytest.raises(ConnectorTimeoutError) as caught:
            execute(blocking, server.url, timeout=250)
        elapsed = time.monotonic() - started
    assert caught.value.timeout == 250
    assert isinstance(caught.value, TimeoutError)
    assert str(caught.value) == (
        f'connector "weather-api" failed: no complete answer from {server.url} within 250 ms (timeout); raise '
        "timeout, or see X-Connector-Timing for what is slow"
    )
    assert 0.25 <= elapsed < 10


@both_clients
def test_a_timeout_of_years_is_no_problem(blocking: bool) -> None:
    with LoopbackServer(json_answer(b"{}")) as server:
        assert execute(blocking, server.url, timeout=1e300) == {}


@both_clients
def test_the_timeout_holds_while_the_request_is_sent(blocking: bool) -> None:
    def never_reads(connection: Connection) -> None:
        connection.closing.wait()

    with LoopbackServer(never_reads) as server, pytest.raises(ConnectorTimeoutError):
        execute(blocking, server.url, timeout=250, method="POST", payload={"a": "x" * 20_000_000})


@both_clients
def test_the_timeout_holds_in_the_handshake(blocking: bool) -> None:
    with LoopbackServer(wait) as server, pytest.raises(ConnectorTimeoutError):
        execute(blocking, server.url.replace("http:", "https:"), timeout=250)


@both_clients
def test_the_timeout_holds_while_the_name_is_looked_up(blocking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def slow(*args: Any, **kwargs: Any) -> Any:
        released.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "too late")

    def call(connectors: Any, wait: Callable[[Any], Any]) -> None:
        with pytest.raises(ConnectorTimeoutError):
            wait(connectors.execute(permalink="a", method="GET", timeout=200))
        assert not released.is_set()
        released.set()  # the event loop waits for the thread of its look-up when it closes

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with_sdk(blocking, {"base_url": "http://widgets.test"}, call)


@both_clients
def test_the_timeout_holds_while_waiting_for_a_connection(blocking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import httpx2

    for name in ("HTTPTransport", "AsyncHTTPTransport"):
        defaults = list(getattr(httpx2, name).__init__.__defaults__)
        limited = [
            httpx2.Limits(max_connections=1) if isinstance(value, httpx2.Limits) else value for value in defaults
        ]
        monkeypatch.setattr(getattr(httpx2, name).__init__, "__defaults__", tuple(limited))

    def two_at_once(connectors: Any, wait: Callable[[Any], Any]) -> None:
        raw = wait(connectors.execute_raw(permalink="a", method="GET"))
        with pytest.raises(ConnectorTimeoutError):
            wait(connectors.execute(permalink="b", method="GET", timeout=200))
        assert wait(raw.bytes()) == LONG

    with LoopbackServer(json_answer(LONG)) as server:
        with_sdk(blocking, {"base_url": server.url}, two_at_once)
        assert len(server.connections) == 1


@both_clients
def test_connections_are_reused(blocking: bool) -> None:
    def five_calls(connectors: Any, wait: Callable[[Any], Any]) -> None:
        for _ in range(5):
            assert wait(connectors.execute(permalink="a", method="GET")) == {}

    with LoopbackServer(json_answer(b"{}")) as server:
        with_sdk(blocking, {"base_url": server.url}, five_calls)
        assert len(server.requests) == 5
        assert len(server.connections) == 1


@both_clients
def test_what_travels(blocking: bool) -> None:
    with LoopbackServer(json_answer(b"{}")) as server:
        execute(
            blocking,
            server.url,
            method="POST",
            payload={"city": "Łódź"},
            headers={"X-City": "Łódź"},
            queryParams={"q": "a~b*c +", "n": 1.0},
            pathParams={"id": "a/b"},
        )
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /widget-service/connectors/weather-api/execute?q=a%7Eb*c+%2B&n=1 HTTP/1.1"
    assert "X-City: Łódź".encode() in lines
    assert b"X-Path-Params: id=a%2Fb" in lines
    assert b"Content-Type: application/json" in lines
    assert sum(line.lower().startswith(b"user-agent: widget-service-sdk-python/") for line in lines) == 1
    assert body == '{"city":"Łódź"}'.encode()


@both_clients
def test_a_compressed_answer_is_read(blocking: bool) -> None:
    head = JSON_HEAD + b"Content-Encoding: gzip\r\n"
    with LoopbackServer(always(lambda connection: connection.answer(gzip.compress(LONG), head))) as server:
        assert execute(blocking, server.url) == {"a": "x" * 10_000}


@both_clients
def test_a_redirect_takes_no_credentials_anywhere(blocking: bool) -> None:
    def redirect(connection: Connection) -> None:
        connection.answer(b"", b"HTTP/1.1 307 Temporary Redirect\r\nLocation: %s/\r\n" % elsewhere.url.encode())

    with (
        LoopbackServer(json_answer(b'{"stolen": true}')) as elsewhere,
        LoopbackServer(always(redirect)) as server,
        pytest.raises(ConnectorExecuteError) as caught,
    ):
        execute(blocking, server.url)
    assert elsewhere.requests == []
    assert caught.value.code == "INVALID_RESPONSE"
    assert elsewhere.url in str(caught.value)


@both_clients
def test_cookies_are_not_kept(blocking: bool) -> None:
    def two_calls(connectors: Any, wait: Callable[[Any], Any]) -> None:
        for _ in range(2):
            wait(connectors.execute(permalink="a", method="GET"))

    head = JSON_HEAD + b"Set-Cookie: session=of-somebody\r\n"
    with LoopbackServer(always(lambda connection: connection.answer(b"{}", head))) as server:
        with_sdk(blocking, {"base_url": server.url}, two_calls)
    assert b"cookie" not in server.requests[1].lower()


@both_clients
def test_a_proxy_of_the_environment_is_used(blocking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with LoopbackServer(json_answer(b'{"by": "proxy"}')) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert execute(blocking, "http://widgets.test") == {"by": "proxy"}
        assert proxy.requests[0].startswith(b"GET http://widgets.test/widget-service/connectors/weather-api/execute ")


@both_clients
def test_a_proxy_that_refuses_is_a_network_error(blocking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    head = b"HTTP/1.1 403 Forbidden\r\n"
    with LoopbackServer(always(lambda connection: connection.answer(b"", head))) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(ConnectorNetworkError, match=r"the proxy refused .*403 Forbidden"):
            execute(blocking, "https://widgets.test")


@both_clients
def test_loopback_needs_no_proxy(blocking: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with closed_port() as nowhere, LoopbackServer(json_answer(b"{}")) as server:
        monkeypatch.setenv("http_proxy", nowhere)
        assert execute(blocking, server.url) == {}


@both_clients
def test_a_url_beyond_all_limits_is_refused_before_sending(blocking: bool) -> None:
    with LoopbackServer(json_answer(b"{}")) as server, pytest.raises(ConnectorBoundaryError, match="the URL cannot"):
        execute(blocking, server.url, queryParams={"q": "x" * 70_000})
    assert server.connections == []


@both_clients
def test_a_closed_client_says_so(blocking: bool) -> None:
    kept: list[Any] = []
    with_sdk(blocking, {"base_url": "http://127.0.0.1:1"}, lambda connectors, wait: kept.append(connectors))
    call = functools.partial(kept[0].execute, permalink="a", method="GET")
    with pytest.raises(RuntimeError, match="the client is closed"):
        call() if blocking else asyncio.run(call())
