"""Answers that arrive bit by bit, and what becomes of them when the caller is gone or the time is over."""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from unit.widget_service_sdk.clients import both_clients, with_sdk
from unit.widget_service_sdk.loopback import JSON_HEAD, Connection, LoopbackServer, always, json_answer
from widget_service_sdk import (
    ConnectorError,
    ConnectorExecuteError,
    ConnectorNetworkError,
    ConnectorTimeoutError,
    ConnectorUpstreamError,
    WidgetServiceSDK,
)
from widget_service_sdk.sync import WidgetServiceSDK as BlockingSDK

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """A piece of a body in the chunked coding (RFC 9112 §7.1)."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def echo(connection: Connection) -> None:
    """Answers every request with its own body."""
    while request := connection.request():
        connection.answer(request.partition(b"\r\n\r\n")[2])


def pieces(raw: Any, blocking: bool, wait: Callable[[Any], Any]) -> Any:
    """The pieces of a raw answer's stream, one by one, for either client."""
    stream = raw.stream()
    end = object()
    while (piece := next(stream, end) if blocking else wait(anext(stream, end))) is not end:
        yield piece


@both_clients
def test_a_stream_gives_each_piece_when_it_arrives(blocking: bool) -> None:
    received = threading.Event()

    def script(connection: Connection) -> None:
        connection.request()
        connection.send(CHUNKED + chunk(b"data: 1\n\n"))
        assert received.wait(10), "the first piece was held back until the second"
        connection.send(chunk(b"data: 2\n\n") + chunk(b""))

    def read(connectors: Any, wait: Callable[[Any], Any]) -> list[bytes]:
        found = []
        for piece in pieces(wait(connectors.execute_raw(permalink="a", method="GET")), blocking, wait):
            found.append(piece)
            received.set()
        return found

    with LoopbackServer(script) as server:
        assert with_sdk(blocking, {"base_url": server.url}, read) == [b"data: 1\n\n", b"data: 2\n\n"]


@both_clients
def test_the_timeout_goes_on_while_a_stream_is_read(blocking: bool) -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(CHUNKED)
        connection.drip(chunk(b"x") * 5000)

    def read(connectors: Any, wait: Callable[[Any], Any]) -> None:
        raw = wait(connectors.execute_raw(permalink="a", method="GET", timeout=1000))
        with pytest.raises(ConnectorTimeoutError, match="within 1000 ms"):
            list(pieces(raw, blocking, wait))

    with LoopbackServer(script) as server:
        with_sdk(blocking, {"base_url": server.url}, read)


@both_clients
def test_a_stream_that_breaks_off_is_a_network_error(blocking: bool) -> None:
    def script(connection: Connection) -> None:
        connection.request()
        connection.send(CHUNKED + chunk(b"one"))

    def read(connectors: Any, wait: Callable[[Any], Any]) -> list[bytes]:
        found = []
        raw = wait(connectors.execute_raw(permalink="a", method="GET"))
        with pytest.raises(ConnectorNetworkError, match="no complete HTTP answer"):
            found.extend(pieces(raw, blocking, wait))
        return found

    with LoopbackServer(script) as server:
        assert with_sdk(blocking, {"base_url": server.url}, read) == [b"one"]


@both_clients
def test_a_raw_answer_can_be_read_in_every_form(blocking: bool) -> None:
    def read(connectors: Any, wait: Callable[[Any], Any]) -> None:
        raw = wait(connectors.execute_raw(permalink="a", method="GET"))
        assert (raw.status, raw.ok, raw.headers["CONTENT-TYPE"]) == (200, True, "application/json")
        assert dict(raw.headers) == {"content-type": "application/json", "content-length": "7"}
        assert wait(raw.json()) == {"a": 1}
        assert wait(raw.text()) == '{"a":1}'
        assert wait(raw.bytes()) == b'{"a":1}'
        assert list(pieces(raw, blocking, wait)) == [b'{"a":1}']

    with LoopbackServer(json_answer(b'{"a":1}')) as server:
        with_sdk(blocking, {"base_url": server.url}, read)


@both_clients
def test_a_raw_answer_can_be_streamed_once(blocking: bool) -> None:
    def read(connectors: Any, wait: Callable[[Any], Any]) -> None:
        raw = wait(connectors.execute_raw(permalink="a", method="GET"))
        assert b"".join(pieces(raw, blocking, wait)) == b'{"a":1}'
        with pytest.raises(RuntimeError, match="streamed once only"):
            wait(raw.json())

    with LoopbackServer(json_answer(b'{"a":1}')) as server:
        with_sdk(blocking, {"base_url": server.url}, read)


@both_clients
@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("HEAD", JSON_HEAD + b"Content-Length: 100\r\n\r\n"),
        ("GET", JSON_HEAD + b"Content-Length: 0\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
    ids=["HEAD", "length 0", "204"],
)
def test_a_raw_answer_without_a_body_holds_no_connection(blocking: bool, method: str, head: bytes) -> None:
    def three_calls(connectors: Any, wait: Callable[[Any], Any]) -> None:
        for _ in range(3):
            wait(connectors.execute_raw(permalink="a", method=method))

    with LoopbackServer(always(lambda connection: connection.send(head))) as server:
        with_sdk(blocking, {"base_url": server.url}, three_calls)
        assert len(server.connections) == 1


@both_clients
def test_a_raw_answer_that_is_not_json_says_so(blocking: bool) -> None:
    def read(connectors: Any, wait: Callable[[Any], Any]) -> None:
        raw = wait(connectors.execute_raw(permalink="a", method="GET"))
        with pytest.raises(
            ConnectorExecuteError, match=r"not valid JSON \(text/plain\); execute_raw reads it"
        ) as caught:
            wait(raw.json())
        assert caught.value.code == "INVALID_RESPONSE"

    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
    with LoopbackServer(always(lambda connection: connection.answer(b"no", head))) as server:
        with_sdk(blocking, {"base_url": server.url}, read)


def one_piece(connection: Connection) -> None:
    """Begins an answer, and waits for the client to give it up."""
    connection.request()
    connection.send(CHUNKED + chunk(b"one"))
    connection.wait_until_gone()


async def test_leaving_the_block_of_a_raw_answer_gives_its_connection_up() -> None:
    with LoopbackServer(one_piece) as server:
        async with WidgetServiceSDK(base_url=server.url) as sdk:
            async with await sdk.connectors.execute_raw(permalink="a", method="GET") as raw:
                async for piece in raw.stream():
                    assert piece == b"one"
                    break
            assert await asyncio.to_thread(server.connections[0].gone.wait, 10)


def test_leaving_the_block_of_a_raw_answer_gives_its_connection_up_blocking() -> None:
    with LoopbackServer(one_piece) as server, BlockingSDK(base_url=server.url) as sdk:
        with sdk.connectors.execute_raw(permalink="a", method="GET") as raw:
            for piece in raw.stream():
                assert piece == b"one"
                break
        assert server.connections[0].gone.wait(10)


LINE_0 = json.dumps({"index": 0, "status": 200, "headers": {}, "body": {"a": 0}}).encode() + b"\n"
LINE_1 = json.dumps({"index": 1, "status": 200, "headers": {}, "body": {"a": 1}}).encode() + b"\n"
TWO = [{"permalink": "a", "method": "GET"}, {"permalink": "b", "method": "GET"}]
NDJSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"


def after(data: bytes, then: Callable[[Connection], None]) -> Callable[[Connection], None]:
    """Answers a batch with these bytes, in chunks of seven, and goes on with ``then``."""

    def script(connection: Connection) -> None:
        connection.request()
        parts = [data[start : start + 7] for start in range(0, len(data), 7)]
        connection.send(NDJSON + b"".join(chunk(part) for part in parts))
        then(connection)

    return script


@both_clients
@pytest.mark.parametrize(
    ("script", "first", "second"),
    [
        (after(LINE_1 + LINE_0, lambda connection: connection.send(chunk(b""))), None, None),
        (after(LINE_0, Connection.wait_until_gone), None, ConnectorTimeoutError),
        (after(LINE_0 + LINE_1[:20], lambda connection: None), None, ConnectorNetworkError),
        (lambda connection: None, ConnectorNetworkError, ConnectorNetworkError),
        (Connection.wait_until_gone, ConnectorTimeoutError, ConnectorTimeoutError),
    ],
    ids=["complete", "stops", "breaks off", "never begins", "never answers"],
)
def test_a_batch_keeps_the_results_that_arrived(
    blocking: bool, script: Any, first: type[ConnectorError] | None, second: type[ConnectorError] | None
) -> None:
    with LoopbackServer(script) as server:
        results = with_sdk(
            blocking, {"base_url": server.url}, lambda connectors, wait: wait(connectors.execute_all(TWO, timeout=1000))
        )
    for index, (result, error) in enumerate(zip(results, (first, second), strict=True)):
        if error is None:
            assert result == {"ok": True, "value": {"a": index}}
        else:
            assert (type(result["error"]), result["error"].permalink) == (error, "ab"[index])


@both_clients
def test_an_empty_batch_asks_nobody(blocking: bool) -> None:
    assert with_sdk(blocking, {"base_url": "http://127.0.0.1:1"}, lambda c, wait: wait(c.execute_all([]))) == []


async def test_cancelling_the_task_cancels_the_request() -> None:
    with LoopbackServer(after(b"", Connection.wait_until_gone)) as server:
        async with WidgetServiceSDK(base_url=server.url) as sdk:
            task = asyncio.create_task(sdk.connectors.execute(permalink="a", method="GET"))
            while not server.requests:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(server.connections[0].gone.wait, 10)


async def test_a_timeout_of_the_caller_is_not_taken_for_the_clients_own() -> None:
    with LoopbackServer(after(b"", Connection.wait_until_gone)) as server:
        async with WidgetServiceSDK(base_url=server.url) as sdk:
            with pytest.raises(TimeoutError) as caught:
                async with asyncio.timeout(0.1):
                    await sdk.connectors.execute(permalink="a", method="GET")
    assert not isinstance(caught.value, ConnectorTimeoutError)


async def test_many_calls_at_once() -> None:
    with LoopbackServer(echo) as server:
        async with WidgetServiceSDK(base_url=server.url) as sdk:
            numbers = await asyncio.gather(
                *(sdk.connectors.execute(permalink="a", method="POST", payload={"n": number}) for number in range(30))
            )
    assert numbers == [{"n": number} for number in range(30)]


def test_a_client_outlives_its_event_loop() -> None:
    head = JSON_HEAD + b"Connection: close\r\n"
    with LoopbackServer(always(lambda connection: connection.answer(b"{}", head))) as server:
        sdk = WidgetServiceSDK(base_url=server.url)
        for _ in range(2):
            assert asyncio.run(sdk.connectors.execute(permalink="a", method="GET")) == {}
        asyncio.run(sdk.aclose())


def test_the_blocking_client_can_be_shared_by_threads() -> None:
    with LoopbackServer(echo) as server, BlockingSDK(base_url=server.url) as sdk, ThreadPoolExecutor(8) as pool:
        payloads = [{"n": number} for number in range(40)]
        answers = pool.map(lambda p: sdk.connectors.execute(permalink="a", method="POST", payload=p), payloads)
        assert list(answers) == payloads


@both_clients
def test_upstream_errors_hold_the_destinations_body(blocking: bool) -> None:
    head = b"HTTP/1.1 503 Busy\r\nX-Connector-Upstream-Status: 503\r\nX-Request-ID: r-1\r\n"

    def call(connectors: Any, wait: Callable[[Any], Any]) -> None:
        with pytest.raises(
            ConnectorUpstreamError, match=r"answered 503; error\.body has its answer \(status 503, request r-1\)"
        ) as caught:
            wait(connectors.execute(permalink="a", method="GET"))
        assert caught.value.body == {"retry": "later"}
        raw = wait(connectors.execute_raw(permalink="a", method="GET"))
        assert (raw.status, raw.ok, wait(raw.json())) == (503, False, {"retry": "later"})

    with LoopbackServer(always(lambda connection: connection.answer(b'{"retry": "later"}', head))) as server:
        with_sdk(blocking, {"base_url": server.url}, call)
