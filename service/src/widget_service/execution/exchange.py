"""One exchange with a destination, down the stages from the request's templates to the answer's.

A simple call is one exchange; a step of a composite is one too, by the same code.
"""

from dataclasses import dataclass
from functools import lru_cache

from widget_service.authentication.tokens import Tokens
from widget_service.egress import UpstreamClient
from widget_service.egress.urls import UrlError, parse_url
from widget_service.execution.authenticate import authenticate, note_second_refusal, sign_in_again
from widget_service.execution.cache import ConnectorCache
from widget_service.execution.call import call
from widget_service.execution.execution import Execution, ResolvedRequest
from widget_service.execution.limits.destinations import DestinationLimits
from widget_service.execution.merge import merge_headers, merge_query
from widget_service.execution.render import RenderedRequest, render
from widget_service.execution.transform import transform
from widget_service.settings import Settings
from widget_service.templating import TemplateWorkers


@dataclass(frozen=True, slots=True)
class Exchange:
    """Runs one definition with its input: ``execution`` has its connector, its call and its context."""

    settings: Settings
    client: UpstreamClient
    workers: TemplateWorkers
    tokens: Tokens
    limits: DestinationLimits
    cache: ConnectorCache | None = None

    async def run(self, execution: Execution) -> bytes | None:
        """Return the transformed body; None where the destination's own goes through. Raises what the stages raise."""
        await self.request(execution)
        return await self.transform(execution)

    async def request(self, execution: Execution) -> None:
        """Render, merge, authenticate, and call or take a kept answer; its head is there then, its body is not read."""
        timing = execution.timing
        rendered = await render(execution, self.settings, self.workers)
        execution.request = _merge(execution, rendered)
        timing.stage_done("setup")
        await authenticate(execution, self.tokens, self.settings)
        timing.stage_done("auth")
        if self.cache is None:
            await self.call(execution)
        else:
            await self.cache.answer(execution, self.call)

    async def call(self, execution: Execution) -> None:
        """Send the resolved request, with another token where the one it has is refused."""
        timing = execution.timing
        timing.external_host = _host_of(execution.request.base_url)
        try:
            await call(execution, self.client, self.settings, self.limits)
            if await sign_in_again(execution, self.tokens):
                await call(execution, self.client, self.settings, self.limits)
                note_second_refusal(execution, self.tokens)
        finally:
            timing.stage_done("external")

    async def transform(self, execution: Execution) -> bytes | None:
        """Return the transformed body of the answer; None where the destination's own goes through."""
        return await transform(execution, self.settings, self.workers)


def _merge(execution: Execution, rendered: RenderedRequest) -> ResolvedRequest:
    incoming = execution.call
    headers = merge_headers(rendered.headers, incoming.headers)
    given = incoming.headers.get("x-request-id")
    if given == execution.request_id and not any(name.lower() == "x-request-id" for name, _ in headers):
        headers.append(("X-Request-ID", execution.request_id))
    return ResolvedRequest(
        method=execution.connector.method,
        base_url=rendered.base_url,
        query=merge_query(rendered.url_query, rendered.query, incoming.query()),
        headers=headers,
        body=rendered.body,
    )


@lru_cache(maxsize=1024)
def _host_of(base_url: str) -> str:
    """Return the host for headers and logs; nothing for what is none, which the guard refuses anyway."""
    try:
        return parse_url(base_url).authority
    except UrlError:
        return ""
