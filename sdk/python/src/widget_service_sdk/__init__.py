"""Execute the connectors of a Widget Service: asynchronously, blocking (``widget_service_sdk.sync``), in a browser.

::

    async with WidgetServiceSDK(base_url="https://widgets.example") as sdk:
        weather = await sdk.connectors.execute(permalink="weather-api", method="GET", query_params={"q": "Warsaw"})

Importing this package opens nothing and imports no HTTP library; the first client does.
"""

from ._awaited import RawResponse
from ._client import CompositeConnectors, Connectors, WidgetServiceSDK
from ._errors import (
    ConnectorAuthenticationError,
    ConnectorBoundaryError,
    ConnectorError,
    ConnectorExecuteError,
    ConnectorNetworkError,
    ConnectorNotFoundError,
    ConnectorTimeoutError,
    ConnectorUpstreamError,
)
from ._raw import ResponseHeaders
from ._types import (
    BatchExecution,
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
    SDKConfig,
)
from ._version import __version__

__all__ = [
    "BatchExecution",
    "CompositeConnectors",
    "ConnectorAuthenticationError",
    "ConnectorBoundaryError",
    "ConnectorError",
    "ConnectorExecuteError",
    "ConnectorNetworkError",
    "ConnectorNotFoundError",
    "ConnectorTimeoutError",
    "ConnectorUpstreamError",
    "Connectors",
    "ExecuteCompositeOptions",
    "ExecuteConnectorOptions",
    "ExecutePayload",
    "ExecuteResponse",
    "ExecutionFailure",
    "ExecutionResult",
    "ExecutionSuccess",
    "Headers",
    "HttpMethod",
    "JsonValue",
    "PathParams",
    "QueryParams",
    "QueryValue",
    "RawResponse",
    "ResponseHeaders",
    "SDKConfig",
    "WidgetServiceSDK",
    "__version__",
]
