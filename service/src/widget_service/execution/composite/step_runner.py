"""Running one step of a composite, through the stages of a simple call."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from widget_service.connectors.compiling import CompiledConnector
from widget_service.connectors.compiling_composites import CompiledComposite, CompiledStep
from widget_service.execution.composite.errors import answered_error
from widget_service.execution.composite.held import HeldBodies
from widget_service.execution.composite.results import State, StepResult, view_of_request, views_of
from widget_service.execution.composite.steps import call_of, is_skipped, step_context
from widget_service.execution.composite.stream import HELD_BYTES, ReadAhead
from widget_service.execution.composite.timing import CompositeTiming, StepTiming
from widget_service.execution.exchange import Exchange
from widget_service.execution.execution import Execution
from widget_service.execution.render import context_of, text_of_body
from widget_service.execution.transform import can_carry_content
from widget_service.templating import RenderContext


@dataclass(slots=True)
class StepRunner:
    """Runs the steps of one execution when it is told to. ``executions`` are those that were begun, by their index.

    ``others_are_over`` is set when the last step has its turn: its answer may be sent on as it comes then, of which
    ``ahead`` is the beginning.
    """

    exchange: Exchange
    whole: Execution
    composite: CompiledComposite
    requests: Sequence[CompiledConnector]
    results: dict[int, StepResult] = field(default_factory=dict)
    executions: dict[int, Execution] = field(default_factory=dict)
    held: HeldBodies = field(init=False)
    ahead: ReadAhead | None = None
    others_are_over: asyncio.Event = field(default_factory=asyncio.Event)
    _body_text: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.held = HeldBodies(self.exchange.settings)
        self._body_text = text_of_body(self.whole.call, needed=True)

    @property
    def timings(self) -> dict[int, tuple[str, StepTiming | None]]:
        """Name and time of each step that began, by its index; None for one that was skipped."""
        whole = self.whole.timing
        assert isinstance(whole, CompositeTiming)
        return whole.steps

    def context_after(self, steps: Iterable[int]) -> RenderContext:
        """Return what a template sees that may read the results of ``steps``, plain data of its own."""
        names = {index: self.composite.steps[index].name for index in steps}
        request: dict[str, Any] = view_of_request(self.whole.call, self._body_text)
        return step_context(self.whole, request, views_of(self.results, names))

    async def run(self, step: CompiledStep) -> StepResult:
        """Return what the step brings; raise what ends it."""
        exchange, timing = self.exchange, StepTiming()
        context = self.context_after(step.reads)
        try:
            if await is_skipped(step, context, exchange.workers, exchange.settings):
                self.timings[step.index] = (step.name, None)
                return StepResult("skipped")
            self.timings[step.index] = (step.name, timing)
            execution = await self._begin(step, context, timing)
            return await self._answered(step, execution)
        except BaseException:
            await self._give_back(step)
            raise
        finally:
            timing.end()

    @property
    def may_read_on(self) -> bool:
        """Whether more may be read ahead of the last step's answer, so that it gives its place back."""
        limit = self.exchange.settings.max_response_bytes
        return self.ahead is not None and not self.ahead.is_full(limit)

    async def read_on(self, step: CompiledStep) -> StepResult:
        """Read as much ahead of the last step's answer as is ever held of one; return the result anew."""
        execution = self.executions[step.index]
        try:
            await self._read_ahead(execution, self.exchange.settings.max_response_bytes)
        except BaseException:
            await self._give_back(step)
            raise
        return StepResult("answered", execution, execution.upstream_body)

    async def drop_ahead(self, index: int) -> None:
        """Give up what was read ahead of the answer of step ``index``, and what it holds."""
        if self.ahead is not None:
            await self.ahead.aclose()
            self.ahead = None
        await self.executions[index].release()
        self.results.pop(index, None)

    async def release(self) -> None:
        """Give back what the steps hold. Idempotent."""
        if self.ahead is not None:
            await self.ahead.aclose()
        for execution in self.executions.values():
            await execution.release()

    async def _begin(self, step: CompiledStep, context: RenderContext, timing: StepTiming) -> Execution:
        exchange, whole, connector = self.exchange, self.whole, self.requests[step.index]
        call = await call_of(step, connector, whole.call, context, exchange.workers, exchange.settings)
        execution = Execution(call, whole.snapshot, whole.request_id, timing, whole.caller)
        execution.connector = connector
        execution.context = context if step.input is None else context_of(execution)
        execution.context.secrets_used |= context.secrets_used  # sent on by a connector too: to their origins only
        self.executions[step.index] = execution
        return execution

    async def _answered(self, step: CompiledStep, execution: Execution) -> StepResult:
        await self.exchange.request(execution)
        status = execution.upstream.status
        is_error = status >= HTTPStatus.BAD_REQUEST
        if is_error and not step.goes_on:
            raise answered_error(status)
        state: State = "failed" if is_error else "answered"
        if not can_carry_content(execution.call.method, status):
            await execution.release()
            return StepResult(state, execution)
        if not is_error and self._is_sent_on(step):
            return await self._sent_on(execution)
        return await self._held(step, state, execution)

    async def _held(self, step: CompiledStep, state: State, execution: Execution) -> StepResult:
        body = execution.upstream_body = await self.held.read(step.index, execution.upstream)
        await execution.release()
        execution.timing.stage_done("external")
        transformed = await self.exchange.transform(execution)
        if transformed is None:
            return StepResult(state, execution, body)
        self.held.add(step.index, max(len(transformed) - len(body), 0))
        return StepResult(state, execution, transformed, has_text=True)

    def _is_sent_on(self, step: CompiledStep) -> bool:
        """Whether a caller gets the body as it is: nothing has to see all of it, or know that it is whole."""
        is_last = step.index == len(self.requests) - 1 and not step.goes_on
        return is_last and self.composite.response_body is None and self.requests[-1].response_body is None

    async def _sent_on(self, execution: Execution) -> StepResult:
        """While other steps run, the body is read ahead: it would keep its place at the destination from them."""
        upstream = execution.upstream
        if upstream.has_ended:
            execution.upstream_body = upstream.read_now()
            await execution.release()
        elif not self.others_are_over.is_set():
            self.ahead = ReadAhead(upstream.aiter_bytes())
            await self._read_ahead(execution, HELD_BYTES)
        execution.timing.stage_done("external")
        return StepResult("answered", execution, execution.upstream_body)

    async def _read_ahead(self, execution: Execution, limit: int) -> None:
        """Read up to ``limit`` bytes ahead; an answer that has ended gives its place back."""
        assert self.ahead is not None
        await self.ahead.read_until(self.others_are_over, limit)
        if self.ahead.has_ended:
            execution.upstream_body, self.ahead = self.ahead.whole(), None
            await execution.release()

    async def _give_back(self, step: CompiledStep) -> None:
        if self.ahead is not None and self._is_sent_on(step):
            await self.ahead.aclose()
        if step.index in self.executions:
            await self.executions[step.index].release()
