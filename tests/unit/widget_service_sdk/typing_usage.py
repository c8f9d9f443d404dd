"""Uses every public name as a user would; checked by mypy in strict mode, and never run."""

from typing import assert_type

import widget_service_sdk
from widget_service_sdk import (
    BatchExecution,
    CompositeConnectors,
    ConnectorAuthenticationError,
    ConnectorBoundaryError,
    ConnectorError,
    ConnectorExecuteError,
    ConnectorNetworkError,
    ConnectorNotFoundError,
    Connectors,
    ConnectorTimeoutError,
    ConnectorUpstreamError,
    ExecuteCompositeOptions,
    ExecuteConnectorOptions,
    ExecutePayload,
    ExecuteResponse,
    ExecutionFailure,
    ExecutionResult,
    ExecutionSuccess,
    Headers,
    HttpMethod,
    JsonValue,
    PathParams,
    QueryParams,
    QueryValue,
    RawResponse,
    ResponseHeaders,
    SDKConfig,
    WidgetServiceSDK,
)
from widget_service_sdk import sync as blocking
from widget_service_sdk.testing import FakeService, RecordedCall

version: str = widget_service_sdk.__version__
method: HttpMethod = "GET"
value: JsonValue = {"a": [1, 2.5, "x", None, True, {"b": []}]}
payload: ExecutePayload = {"name": "Monstera", "sizes": ["M", "L"], "deep": {"n": 1}}
texts: dict[str, str] = {"a": "b"}
headers: Headers = texts
query: QueryParams = {"q": "Warsaw", "limit": 5, "exact": True, "ids": [1, "a", None], "none": None}
query_value: QueryValue = ["a", 1]
path: PathParams = {"id": 7, "name": "a", "half": 0.5}
config: SDKConfig = {
    "baseUrl": "https://widgets.example",
    "csrfToken": "t",
    "headers": texts,
    "timeout": 1,
    "token": "t",
}
options: ExecuteConnectorOptions = {
    "permalink": "weather-api",
    "method": "GET",
    "payload": payload,
    "queryParams": query,
    "pathParams": path,
    "headers": headers,
    "timeout": 100,
}
composite_options: ExecuteCompositeOptions = {"permalink": 17, "payload": payload, "queryParams": query}
executions: list[BatchExecution] = [
    {"permalink": "a", "method": "POST", "payload": texts, "pathParams": {"id": 1}},
    {"permalink": 17, "composite": True},
]


async def asynchronous() -> None:
    async with WidgetServiceSDK(config) as sdk, WidgetServiceSDK(base_url="https://widgets.example") as other:
        connectors: Connectors = sdk.connectors
        composite: CompositeConnectors = other.connectors.composite
        assert_type(await connectors.execute(options), ExecuteResponse)
        weather = await connectors.execute(permalink="weather-api", method=method, query_params=query, timeout=100)
        temperature: JsonValue = weather["temp"]
        print(temperature)
        assert_type(await composite.execute(composite_options), ExecuteResponse)
        assert_type(await composite.execute(permalink="report", payload=texts, headers=headers), ExecuteResponse)
        raw = await connectors.execute_raw(permalink="a", method="GET", path_params=path, payload=payload)
        assert_type(raw, RawResponse)
        assert_type(await connectors.execute_raw(options), RawResponse)
        async with raw:
            assert_type(raw.headers, ResponseHeaders)
            status: int = raw.status
            link: str | None = raw.headers.get("link")
            body: bytes = await raw.bytes()
            text: str = await raw.text()
            async for piece in raw.stream():
                body += piece
            print(status, link, text, raw.ok, await raw.json())
        results = await connectors.execute_all(executions, timeout=5000)
        assert_type(results, list[ExecutionResult])
        for result in results:
            print(outcome(result))
        connectors.configure({"timeout": 5})
        connectors.configure(token="t", csrf_token=None)
        connectors.update_headers(texts)
        connectors.set_default_timeout(2.5)
        assert_type(connectors.get_headers(), dict[str, str])
        assert_type(connectors.get_default_timeout(), float)
        assert_type(connectors.get_base_url(), str)


def outcome(result: ExecutionResult) -> JsonValue:
    """A result is told apart by ``ok``."""
    if result["ok"]:
        assert_type(result, ExecutionSuccess)
        return result["value"]
    assert_type(result, ExecutionFailure)
    raise result["error"]


def blocking_client() -> None:
    with blocking.WidgetServiceSDK(config) as sdk, blocking.WidgetServiceSDK(token="t") as other:
        connectors: blocking.Connectors = sdk.connectors
        composite: blocking.CompositeConnectors = other.connectors.composite
        assert_type(connectors.execute(options), ExecuteResponse)
        assert_type(connectors.execute(permalink="a", method="GET"), ExecuteResponse)
        assert_type(composite.execute(permalink=17), ExecuteResponse)
        with connectors.execute_raw(permalink="a", method="GET") as raw:
            assert_type(raw, blocking.RawResponse)
            assert_type(raw.bytes(), bytes)
            assert_type(raw.text(), str)
            for piece in raw.stream():
                assert_type(piece, bytes)
        assert_type(connectors.execute_all(executions), list[ExecutionResult])


def errors(error: ConnectorError) -> None:
    permalink: str | None = error.permalink
    match error:
        case ConnectorBoundaryError():
            assert_type(error.reason, str)
        case ConnectorNetworkError():
            assert_type(error.cause, BaseException | None)
        case ConnectorTimeoutError():
            assert_type(error.timeout, float | None)
        case ConnectorUpstreamError():
            print(error.body, error.status)
        case ConnectorNotFoundError() | ConnectorAuthenticationError() | ConnectorExecuteError():
            found: tuple[str | None, ...] = (error.code, error.detail, error.scope, error.request_id)
            print(permalink, found, error.params, error.reason, error.failure_scope)


def fake() -> None:
    service = FakeService()
    service.connector("weather-api", method="GET", returns={"temp": 21}, delay_ms=5)
    service.composite("report", error="TEMPLATE_ERROR")
    assert_type(service.calls, list[RecordedCall])
    assert_type(service.sdk(), WidgetServiceSDK)
    assert_type(service.sync_sdk(), blocking.WidgetServiceSDK)
