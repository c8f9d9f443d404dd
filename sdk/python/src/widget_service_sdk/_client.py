"""The asynchronous client."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, overload

from ._awaited import RawResponse, deadline, errors, read, until
from ._page import Page, current_page
from ._protocol import (
    COMPOSITE,
    EXECUTE,
    EXECUTE_RAW,
    BatchResults,
    Outage,
    Request,
    error_of,
    is_of_destination,
    read_value,
)
from ._shell import ConnectorsShell
from ._transports import AsyncTransport, async_transport
from ._types import (
    BatchExecution,
    ExecuteCompositeOptions,
    ExecuteConnectorOptions,
    ExecutePayload,
    ExecuteResponse,
    ExecutionResult,
    Headers,
    HttpMethod,
    PathParams,
    QueryParams,
    SDKConfig,
)


class CompositeConnectors:
    """``sdk.connectors.composite``."""

    def __init__(self, connectors: "Connectors") -> None:
        self._connectors = connectors

    @overload
    async def execute(self, options: ExecuteCompositeOptions) -> ExecuteResponse: ...
    @overload
    async def execute(
        self,
        *,
        permalink: str | int,
        payload: ExecutePayload | None = None,
        query_params: QueryParams | None = None,
        headers: Headers | None = None,
        timeout: float | None = None,
    ) -> ExecuteResponse: ...
    async def execute(self, options: ExecuteCompositeOptions | None = None, **keywords: Any) -> Any:
        """Executes a composite connector (always POST), and returns and raises what ``connectors.execute`` does."""
        request = self._connectors._request(COMPOSITE, options, keywords, composite=True)
        return await self._connectors._value(request)


class Connectors(ConnectorsShell):
    """``sdk.connectors``: calls, and the settings that they start from."""

    def __init__(
        self, config: SDKConfig | None, keywords: dict[str, Any], page: Page | None, transport: AsyncTransport
    ) -> None:
        super().__init__(config, keywords, page)
        self._transport = transport
        self.composite = CompositeConnectors(self)

    @overload
    async def execute(self, options: ExecuteConnectorOptions) -> ExecuteResponse: ...
    @overload
    async def execute(
        self,
        *,
        permalink: str,
        method: HttpMethod,
        payload: ExecutePayload | None = None,
        query_params: QueryParams | None = None,
        path_params: PathParams | None = None,
        headers: Headers | None = None,
        timeout: float | None = None,
    ) -> ExecuteResponse: ...
    async def execute(self, options: ExecuteConnectorOptions | None = None, **keywords: Any) -> Any:
        """Executes a connector and returns the parsed JSON of its answer; ``{}`` if that is empty.

        ``payload`` is sent for POST, PUT and PATCH only. ``timeout`` is in milliseconds, for the whole call. Raises
        ConnectorBoundaryError before anything is sent, TypeError for an unknown keyword, and else the ConnectorError
        that fits. Cancelling the task cancels the request.
        """
        return await self._value(self._request(EXECUTE, options, keywords))

    @overload
    async def execute_raw(self, options: ExecuteConnectorOptions) -> RawResponse: ...
    @overload
    async def execute_raw(
        self,
        *,
        permalink: str,
        method: HttpMethod,
        payload: ExecutePayload | None = None,
        query_params: QueryParams | None = None,
        path_params: PathParams | None = None,
        headers: Headers | None = None,
        timeout: float | None = None,
    ) -> RawResponse: ...
    async def execute_raw(self, options: ExecuteConnectorOptions | None = None, **keywords: Any) -> RawResponse:
        """Executes a connector and returns the destination's answer as it is, whatever its status.

        Takes what ``execute`` takes. Raises the ConnectorError of whatever is no answer of the destination.
        """
        request = self._request(EXECUTE_RAW, options, keywords)
        end = deadline(request)
        async with errors(request), until(end, request):
            answer = await self._transport.send(request)
            if not is_of_destination(answer.status, answer.headers):
                raise error_of(request.subject, await read(answer))
        raw = RawResponse(request, answer, end)
        if raw._is_empty:
            await raw.bytes()
        return raw

    async def execute_all(
        self, executions: Sequence[BatchExecution], *, timeout: float | None = None
    ) -> list[ExecutionResult]:
        """Executes up to 50 connectors in one request; the results are in the order of the executions.

        Each is ``{"ok": True, "value": …}`` or ``{"ok": False, "error": ConnectorError}``: also when the request as a
        whole fails, or ends early. Raises ConnectorBoundaryError only, for a malformed execution, before sending.
        ``timeout`` is for the whole batch.
        """
        batch = self._batch(executions, timeout)
        if batch is None:
            return []
        request, results = batch
        try:
            async with until(deadline(request), request):
                await self._collect(request, results)
        except Outage as outage:
            return results.break_off(outage)
        return results.finish()

    async def _collect(self, request: Request, results: BatchResults) -> None:
        answer = await self._transport.send(request)
        try:
            results.start(answer.status, answer.headers)
            async for chunk in answer.chunks():
                results.feed(chunk)
        finally:
            await answer.aclose()

    async def _value(self, request: Request) -> Any:
        async with errors(request), until(deadline(request), request):
            answer = await read(await self._transport.send(request))
        return read_value(request.subject, answer)


class WidgetServiceSDK:
    """A client of a Widget Service, asynchronous.

    ``base_url`` is the service's origin (or the longer URL of its protocol); without it, that of the page inside a
    browser, and ``WIDGET_SERVICE_URL`` elsewhere. ``timeout`` is in milliseconds, 30,000 if not given. ``token`` is a
    user token; ``csrf_token`` is found on the page inside a browser. Settings can also be given as one mapping with
    the documented keys, ``{"baseUrl": …, "csrfToken": …}``. Raises ConnectorBoundaryError for a setting that cannot be.

    Connections are kept and reused: use it as an ``async with`` block, or call ``aclose``.
    """

    @overload
    def __init__(self, config: SDKConfig) -> None: ...
    @overload
    def __init__(
        self,
        *,
        csrf_token: str | None = None,
        headers: Headers | None = None,
        timeout: float | None = None,
        base_url: str | None = None,
        token: str | None = None,
    ) -> None: ...
    def __init__(self, config: SDKConfig | None = None, **keywords: Any) -> None:
        page = current_page()
        self._transport = async_transport(page)
        self.connectors = Connectors(config, keywords, page, self._transport)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<WidgetServiceSDK of {self.connectors.get_base_url()}>"
