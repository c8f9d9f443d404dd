"""The fake service for users' tests: over a socket and in process, for both clients."""

import time
from typing import Any

import pytest

from widget_service_sdk import (
    ConnectorAuthenticationError,
    ConnectorExecuteError,
    ConnectorNetworkError,
    ConnectorNotFoundError,
    ConnectorTimeoutError,
    ConnectorUpstreamError,
    WidgetServiceSDK,
)
from widget_service_sdk.sync import WidgetServiceSDK as BlockingSDK
from widget_service_sdk.testing import FakeService, RecordedCall


@pytest.fixture(params=["socket", "in process"])
def fake(request: pytest.FixtureRequest) -> Any:
    """A running service; ``fake.client()`` is a blocking client of it, by either way."""
    with FakeService() as service:
        if request.param == "socket":
            service.client = lambda **settings: BlockingSDK(base_url=service.url, **settings)  # type: ignore[attr-defined]
        else:
            service.client = service.sync_sdk  # type: ignore[attr-defined]
        yield service


def test_a_connector_answers_and_its_calls_are_recorded(fake: Any) -> None:
    fake.connector("weather-api", method="POST", returns={"temp": 21})
    with fake.client(headers={"X-App": "Łódź"}, token="user-token") as sdk:
        value = sdk.connectors.execute(
            permalink="weather-api", method="POST", payload={"a": 1}, query_params={"q": "x y"}, path_params={"id": 7}
        )
    assert value == {"temp": 21}
    (call,) = fake.calls_to("weather-api")
    assert isinstance(call, RecordedCall)
    assert (call.permalink, call.method, call.payload, call.composite) == ("weather-api", "POST", {"a": 1}, False)
    assert (call.query_params, call.path_params) == ({"q": "x y"}, {"id": "7"})
    assert call.headers["x-app"] == "Łódź"
    assert call.headers["Authorization"] == "Bearer user-token"


@pytest.mark.parametrize(
    ("behaviour", "error", "fields"),
    [
        ({"error": "TEMPLATE_ERROR", "detail": "no such filter"}, ConnectorExecuteError, {"detail": "no such filter"}),
        ({"error": "OAUTH_TOKEN_ERROR"}, ConnectorAuthenticationError, {"status": 502}),
        ({"status": 401, "returns": {"error": "key"}}, ConnectorAuthenticationError, {"status": 401}),
        ({"status": 503, "returns": {"busy": True}}, ConnectorUpstreamError, {"body": {"busy": True}}),
        ({"method": "POST"}, ConnectorExecuteError, {"code": "METHOD_NOT_ALLOWED"}),
        ({"returns": b"\x89PNG"}, ConnectorExecuteError, {"code": "INVALID_RESPONSE"}),
        ({"disconnects": True}, ConnectorNetworkError, {}),
        ({"delay_ms": 30_000}, ConnectorTimeoutError, {"timeout": 1000}),
    ],
    ids=["service", "token", "401", "503", "method", "not JSON", "disconnects", "delay"],
)
def test_a_connector_fails_as_it_is_told(
    fake: Any, behaviour: dict[str, Any], error: type[Exception], fields: dict[str, Any]
) -> None:
    fake.connector("weather-api", **behaviour)
    started = time.monotonic()
    with fake.client(timeout=1000) as sdk, pytest.raises(error) as caught:
        sdk.connectors.execute(permalink="weather-api", method="GET")
    assert type(caught.value) is error
    assert {name: getattr(caught.value, name) for name in fields} == fields
    assert time.monotonic() - started < 20


def test_a_connector_that_was_not_added_is_not_found(fake: Any) -> None:
    with fake.client() as sdk, pytest.raises(ConnectorNotFoundError):
        sdk.connectors.execute(permalink="weather-api", method="GET")


def test_a_function_decides_by_the_call(fake: Any) -> None:
    fake.connector("double", method="POST", returns=lambda call: {"n": 2 * call.payload["n"]})
    with fake.client() as sdk:
        assert sdk.connectors.execute(permalink="double", method="POST", payload={"n": 21}) == {"n": 42}


def test_bytes_and_headers_for_raw_calls(fake: Any) -> None:
    fake.connector("report", returns=b"\x00\xff", headers={"Content-Type": "application/pdf", "Link": "<x>"})
    with fake.client() as sdk:
        raw = sdk.connectors.execute_raw(permalink="report", method="GET")
        assert raw.bytes() == b"\x00\xff"
    assert (raw.headers["content-type"], raw.headers["link"]) == ("application/pdf", "<x>")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_every_method(fake: Any, method: str) -> None:
    fake.connector("a", method=method, returns={"method": method})
    with fake.client() as sdk:
        value = sdk.connectors.execute({"permalink": "a", "method": method})
    assert value == ({} if method == "HEAD" else {"method": method})


def test_an_answer_without_content(fake: Any) -> None:
    fake.connector("a", method="DELETE", status=204)
    with fake.client() as sdk:
        assert sdk.connectors.execute(permalink="a", method="DELETE") == {}


@pytest.mark.parametrize(("method", "status", "returns"), [("GET", 200, b""), ("POST", 204, None), ("HEAD", 200, {})])
def test_an_empty_answer_is_the_same_alone_and_in_a_batch(fake: Any, method: str, status: int, returns: Any) -> None:
    fake.connector("empty", method=method, status=status, returns=returns)
    call: Any = {"permalink": "empty", "method": method}
    with fake.client() as sdk:
        assert sdk.connectors.execute(call) == {}
        assert sdk.connectors.execute_all([call]) == [{"ok": True, "value": {}}]
        assert sdk.connectors.execute_raw(call).json() == {}


def test_composites_and_batches(fake: Any) -> None:
    fake.composite("report", returns={"ok": 1})
    fake.connector("slow", returns=1, delay_ms=60)
    fake.connector("quick", returns=2)
    fake.connector("image", returns=b"\x89PNG")
    with fake.client() as sdk:
        assert sdk.connectors.composite.execute(permalink="report") == {"ok": 1}
        results = sdk.connectors.execute_all(
            [
                {"permalink": "slow", "method": "GET"},
                {"permalink": "quick", "method": "GET", "queryParams": {"n": 1}},
                {"permalink": "image", "method": "GET"},
                {"permalink": "report", "composite": True},
                {"permalink": "missing", "method": "GET"},
            ]
        )
    assert [result.get("value") for result in results] == [1, 2, None, {"ok": 1}, None]
    assert isinstance(results[2]["error"], ConnectorExecuteError)
    assert isinstance(results[4]["error"], ConnectorNotFoundError)
    assert fake.calls_to("quick")[0].query_params == {"n": "1"}


async def test_the_asynchronous_client_by_either_way() -> None:
    with FakeService() as service:
        service.connector("weather-api", returns={"temp": 21}, delay_ms=1)
        for sdk in (service.sdk(), WidgetServiceSDK(base_url=service.url)):
            async with sdk:
                assert await sdk.connectors.execute(permalink="weather-api", method="GET") == {"temp": 21}
        assert len(service.calls) == 2


async def test_delays_and_disconnects_in_process() -> None:
    service = FakeService()
    service.connector("late", delay_ms=60_000)
    service.connector("gone", disconnects=True)
    with pytest.raises(ConnectorTimeoutError):
        await service.sdk().connectors.execute(permalink="late", method="GET")
    with pytest.raises(ConnectorNetworkError, match="disconnects"):
        await service.sdk().connectors.execute(permalink="gone", method="GET")


def test_stopping_does_not_wait_for_delays() -> None:
    started = time.monotonic()
    with FakeService() as service:
        service.connector("late", delay_ms=60_000)
        with BlockingSDK(base_url=service.url) as sdk, pytest.raises(ConnectorTimeoutError):
            sdk.connectors.execute(permalink="late", method="GET", timeout=50)
    assert time.monotonic() - started < 20


def test_a_url_needs_a_running_service() -> None:
    service = FakeService()
    with pytest.raises(RuntimeError, match="does not run"):
        _ = service.url
    with service:
        assert service.url.startswith("http://127.0.0.1:")
    with pytest.raises(RuntimeError, match="does not run"):
        _ = service.url


def test_an_unknown_code_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="has no error 'OOPS'; there are CONNECTOR_NOT_FOUND"):
        FakeService().connector("a", error="OOPS")
