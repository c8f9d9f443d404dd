"""The pipeline: one call, straight down the stages, to an answer."""

import asyncio
import re
from dataclasses import dataclass, field

import structlog

from widget_service.authentication.tokens import Tokens
from widget_service.connectors.snapshot import SnapshotHolder
from widget_service.connectors.stored import StoredConnectors
from widget_service.egress import UpstreamClient
from widget_service.envelope import request_id_of
from widget_service.errors import ServiceError, UpstreamError, unforeseen
from widget_service.execution.access_log import AccessLog
from widget_service.execution.answer import Answer, answer_of, error_answer
from widget_service.execution.authenticate import authenticate, note_second_refusal, sign_in_again
from widget_service.execution.call import call
from widget_service.execution.execution import Execution, ResolvedRequest
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.limits.destinations import DestinationLimits
from widget_service.execution.merge import merge_headers, merge_query
from widget_service.execution.render import RenderedRequest, render
from widget_service.execution.resolve import resolve
from widget_service.execution.take_body import take_body
from widget_service.execution.transform import transform
from widget_service.identity.callers import CallerSource
from widget_service.settings import Settings
from widget_service.templating import TemplateWorkers

_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")

log = structlog.get_logger("widget_service.execution")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Executes calls. ``execute`` never raises for what a caller, a definition or a destination does."""

    settings: Settings
    snapshots: SnapshotHolder
    callers: CallerSource
    client: UpstreamClient
    workers: TemplateWorkers
    tokens: Tokens
    limits: DestinationLimits = field(init=False)
    access_log: AccessLog = field(init=False, default_factory=AccessLog)

    def __post_init__(self) -> None:
        object.__setattr__(self, "limits", DestinationLimits(self.settings))

    async def execute(self, incoming: IncomingCall) -> Answer:
        """Return the answer to one call, an error envelope included; its timing headers are set."""
        return (await self.trace(incoming))[1]

    async def trace(self, incoming: IncomingCall) -> tuple[Execution, Answer]:
        """Execute one call; return what the stages made of it as well, as far as they came."""
        execution = Execution(incoming, self.snapshots.current, request_id_of(incoming.headers.get("x-request-id")))
        try:
            async with asyncio.timeout(self.settings.execution_timeout_s):
                answer = await self._run(execution)
        except ServiceError as error:
            answer = await self._fail(execution, error)
        except TimeoutError:
            answer = await self._fail(execution, _took_too_long(self.settings))
        except Exception as error:
            log.error("execution.unforeseen", request_id=execution.request_id, kind=type(error).__name__, exc_info=True)
            answer = await self._fail(execution, unforeseen())
        except BaseException:  # the caller has gone, or the service stops
            await execution.release()
            raise
        answer.headers += execution.timing.headers(execution.request_id)
        self.access_log.add(execution, answer.status)
        return execution, answer

    async def _run(self, execution: Execution) -> Answer:
        timing = execution.timing
        await _compiled(execution)
        resolve(execution, self.callers)
        await take_body(execution)
        rendered = await render(execution, self.settings, self.workers)
        execution.request = _merge(execution, rendered)
        timing.stage_done("setup")
        await authenticate(execution, self.tokens, self.settings)
        timing.stage_done("auth")
        timing.external_host = _host_of(execution.request.base_url)
        try:
            await call(execution, self.client, self.settings, self.limits)
            if await sign_in_again(execution, self.tokens):
                await call(execution, self.client, self.settings, self.limits)
                note_second_refusal(execution, self.tokens)
        finally:
            timing.stage_done("external")
        transformed = await transform(execution, self.settings, self.workers)
        answer = answer_of(execution, transformed)
        if answer.stream is None:
            await execution.release()
        return answer

    async def _fail(self, execution: Execution, error: ServiceError) -> Answer:
        if not execution.timing.seconds:
            execution.timing.stage_done("setup")
        execution.timing.error = error.code
        execution.timing.timed_out = error.code == "UPSTREAM_TIMEOUT"
        await execution.release()
        if error.log_detail:
            log.warning("execution.refused", request_id=execution.request_id, code=error.code, reason=error.log_detail)
        return error_answer(error, execution.request_id)


async def _compiled(execution: Execution) -> None:
    """Have a stored connector compiled at its first call, in a thread: others are served meanwhile."""
    connectors, permalink = execution.snapshot.connectors, execution.call.permalink
    if isinstance(connectors, StoredConnectors) and not connectors.is_compiled(permalink):
        await asyncio.to_thread(connectors.get, permalink)


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


def _host_of(base_url: str) -> str:
    """Return the host for headers and logs; nothing for what is none, which the guard refuses anyway."""
    host = base_url.partition("://")[2].partition("/")[0]
    return host if _HOST.fullmatch(host) else ""


def _took_too_long(settings: Settings) -> UpstreamError:
    return UpstreamError(
        "UPSTREAM_TIMEOUT",
        f"The execution took longer than {settings.execution_timeout_s:g} s; the destination, or a template, is slow.",
    )
