"""The pipeline: one call, straight down the stages, to an answer."""

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

import structlog

from widget_service.authentication.tokens import Tokens
from widget_service.connectors.snapshot import NOTHING
from widget_service.connectors.stored import StoredDefinitions
from widget_service.egress import UpstreamClient
from widget_service.envelope import request_id_of
from widget_service.errors import ServiceError, UpstreamError, unforeseen
from widget_service.execution.access_log import AccessLog
from widget_service.execution.admission import Admission
from widget_service.execution.answer import Answer, add_rate_headers, answer_of, error_answer
from widget_service.execution.cache import ConnectorCache
from widget_service.execution.composite.resolving import PREFIX
from widget_service.execution.composite.running import Composites
from widget_service.execution.composite.timing import CompositeTiming
from widget_service.execution.exchange import Exchange
from widget_service.execution.execution import Execution
from widget_service.execution.identify import identify
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.limits.destinations import DestinationLimits
from widget_service.execution.render import context_of
from widget_service.execution.repeats import Repeats
from widget_service.execution.resolve import resolve
from widget_service.execution.take_body import take_body
from widget_service.execution.timing import Timing
from widget_service.executions.recorder import Recorder
from widget_service.identity.callers import CallerSource
from widget_service.ratelimits.limiter import RateLimiter
from widget_service.settings import Settings
from widget_service.templating import TemplateWorkers
from widget_service.time_limits import Deadlines

log = structlog.get_logger("widget_service.execution")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Executes calls. ``execute`` never raises for what a caller, a definition or a destination does."""

    settings: Settings
    callers: CallerSource
    client: UpstreamClient
    workers: TemplateWorkers
    tokens: Tokens
    cache: ConnectorCache | None = field(default=None, kw_only=True)
    limiter: RateLimiter = field(default_factory=RateLimiter, kw_only=True)
    recorder: Recorder | None = field(default=None, kw_only=True)
    admission: Admission = field(init=False)
    exchange: Exchange = field(init=False)
    repeats: Repeats | None = field(init=False)
    is_quick: ClassVar[bool] = True
    """Whether a call like an earlier one need not go through all stages again."""
    composites: Composites = field(init=False)
    access_log: AccessLog = field(init=False, default_factory=AccessLog)
    _deadlines: Deadlines = field(init=False, default_factory=Deadlines)

    def __post_init__(self) -> None:
        limits = DestinationLimits(self.settings)
        exchange = Exchange(self.settings, self.client, self.workers, self.tokens, limits, self.cache)
        object.__setattr__(self, "exchange", exchange)
        object.__setattr__(self, "admission", Admission(self.limiter))
        repeats = Repeats(self.cache) if self.is_quick and self.cache is not None else None
        object.__setattr__(self, "repeats", repeats)
        object.__setattr__(self, "composites", Composites(exchange, self.admission))

    async def execute(self, incoming: IncomingCall) -> Answer:
        """Return the answer to one call, an error envelope included; its timing headers are set."""
        return (await self.trace(incoming))[1]

    async def trace(self, incoming: IncomingCall) -> tuple[Execution, Answer]:
        """Execute one call; return what the stages made of it as well, as far as they came."""
        request_id = request_id_of(incoming.headers.get("x-request-id"))
        is_composite = incoming.permalink.startswith(PREFIX)
        timing = CompositeTiming() if is_composite else Timing()
        execution = Execution(incoming, NOTHING, request_id, timing)
        try:
            with self._deadlines.limit(self.settings.execution_timeout_s):
                await identify(execution, self.callers)
                answer = await (self.composites.run(execution) if is_composite else self._run(execution))
            if answer.stream is None:
                await execution.release()
        except ServiceError as error:
            answer = await self._fail(execution, error)
        except TimeoutError:
            answer = await self._fail(execution, _took_too_long(execution, self.settings))
        except Exception as error:
            log.error("execution.unforeseen", request_id=execution.request_id, kind=type(error).__name__, exc_info=True)
            answer = await self._fail(execution, unforeseen())
        except BaseException:  # the caller has gone, or the service stops
            await execution.release()
            raise
        add_rate_headers(answer, execution.rate_headers)
        answer.headers += execution.timing.headers(execution.request_id)
        self.access_log.add(execution, answer.status)
        if self.recorder is not None:
            self.recorder.add(execution, answer)
        return execution, answer

    async def _run(self, execution: Execution) -> Answer:
        await _compiled(execution)
        resolve(execution)
        await self.admission.admit(execution, [execution.connector])
        if self.repeats is not None and (answer := self.repeats.answer(execution)) is not None:
            return answer
        await take_body(execution)
        execution.context = context_of(execution)
        transformed = await self.exchange.run(execution)
        answer = answer_of(execution, transformed)
        if self.repeats is not None and execution.kept is not None:
            self.repeats.note(execution, answer)
        return answer

    async def _fail(self, execution: Execution, error: ServiceError) -> Answer:
        if not execution.timing.seconds:
            execution.timing.stage_done("setup")
        execution.timing.error = error.code
        execution.timing.timed_out = error.timed_out
        await execution.release()
        if error.log_detail:
            log.warning("execution.refused", request_id=execution.request_id, code=error.code, reason=error.log_detail)
        return error_answer(error, execution.request_id)


async def _compiled(execution: Execution) -> None:
    """Have a stored connector compiled at its first call, in a thread: others are served meanwhile."""
    connectors, permalink = execution.snapshot.connectors, execution.call.permalink
    if isinstance(connectors, StoredDefinitions) and not connectors.is_compiled(permalink):
        await asyncio.to_thread(connectors.get, permalink)


def _took_too_long(execution: Execution, settings: Settings) -> ServiceError:
    error = UpstreamError(
        "UPSTREAM_TIMEOUT",
        f"The execution took longer than {settings.execution_timeout_s:g} s; the destination, or a template, is slow.",
    )
    return error if execution.composite is None else execution.composite.located(error)
