"""Running a composite: its steps by their schedule, and the answer that comes of them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from widget_service.connectors.compiling import CompiledConnector
from widget_service.connectors.compiling_composites import CompiledComposite
from widget_service.errors import ServiceError, Unavailable
from widget_service.execution.admission import Admission
from widget_service.execution.answer import Answer
from widget_service.execution.composite.answering import composite_answer, rendered_answer
from widget_service.execution.composite.errors import HeldTooMuch, in_step
from widget_service.execution.composite.graph import SAFE_METHODS, needs_of
from widget_service.execution.composite.resolving import requests_of, resolve_composite
from widget_service.execution.composite.results import StepResult
from widget_service.execution.composite.schedule import Schedule
from widget_service.execution.composite.step_runner import StepRunner
from widget_service.execution.composite.timing import StepTiming
from widget_service.execution.exchange import Exchange
from widget_service.execution.execution import Execution


@dataclass(frozen=True, slots=True)
class Composites:
    """Executes composites, by the exchange that simple calls have."""

    exchange: Exchange
    admission: Admission

    async def run(self, execution: Execution) -> Answer:
        """Return the answer; raise the error of the first step that failed, or what the call is refused for."""
        composite = await resolve_composite(execution)
        requests = await requests_of(execution, composite)
        await self.admission.admit(execution, requests)
        call = execution.call
        if call.source is not None:
            call.body = await call.source.whole()
        run = execution.composite = CompositeRun(self.exchange, execution, composite, requests)
        execution.timing.stage_done("setup")
        return await run.answer()


@dataclass(slots=True)
class CompositeRun:
    """One execution of a composite: which steps run, and what becomes of them."""

    exchange: Exchange
    whole: Execution
    composite: CompiledComposite
    requests: Sequence[CompiledConnector]
    runner: StepRunner = field(init=False)
    schedule: Schedule = field(init=False)
    stopped_in: int | None = None
    """The step whose turn it was when the whole was broken off."""
    _tasks: dict["asyncio.Task[StepResult]", int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        methods = [request.method for request in self.requests]
        self.schedule = Schedule(needs_of(self.composite.steps, methods))
        self.runner = StepRunner(self.exchange, self.whole, self.composite, self.requests)

    @property
    def results(self) -> dict[int, StepResult]:
        """What the steps that are over have brought, by their index."""
        return self.runner.results

    async def answer(self) -> Answer:
        """Run all steps, and return the answer."""
        try:
            await self._run_steps()
        except BaseException:
            self.stopped_in = self.schedule.first_unfinished
            raise
        finally:
            await self._end(list(self._tasks))
        if self.schedule.error is not None:
            raise self.schedule.error
        context = self.runner.context_after(range(len(self.requests)))
        rendered = await rendered_answer(self.composite, context, self.exchange.workers, self.exchange.settings)
        results = [self.results[index] for index in range(len(self.requests))]
        return composite_answer(self.composite, results, rendered, self.runner.ahead)

    @property
    def timings(self) -> Mapping[int, tuple[str, StepTiming | None]]:
        """Name and time of each step that began, by its index; None for one that was skipped."""
        return self.runner.timings

    @property
    def failed_in(self) -> int | None:
        """The step that the whole has failed in."""
        return self.stopped_in if self.stopped_in is not None else self.schedule.failed_in

    def located(self, error: ServiceError) -> ServiceError:
        """Return the error that broke the whole off, with the step whose turn it was."""
        return error if self.stopped_in is None else self._in_step(error, self.stopped_in)

    async def release(self) -> None:
        """Give back what the steps hold. Idempotent."""
        await self.runner.release()

    async def _run_steps(self) -> None:
        while not self.schedule.is_over:
            for index in self.schedule.start():
                task = asyncio.create_task(self.runner.run(self.composite.steps[index]))
                self._tasks[task] = index
            if self.schedule.is_in_turn(len(self.requests) - 1):
                self.runner.others_are_over.set()
            over, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in sorted(over, key=self._tasks.__getitem__):
                if task in self._tasks:
                    await self._note(task, self._tasks.pop(task))
            await self._fail_dropped()

    async def _note(self, task: "asyncio.Task[StepResult]", index: int) -> None:
        """Take note of what a step has come to."""
        step, error = self.composite.steps[index], task.exception()
        if error is None:
            self.results[index] = task.result()
            self.schedule.done(index)
        elif not isinstance(error, Exception):
            raise error
        elif _was_crowded_out(error) and (await self._last_gave_way(index) | self.schedule.postpone(index)):
            pass  # it begins again
        elif step.goes_on and isinstance(error, ServiceError) and not isinstance(error, HeldTooMuch):
            self.results[index] = StepResult("failed")
            self.schedule.done(index)
        else:
            await self._fail(index, error)

    async def _last_gave_way(self, index: int) -> bool:
        """Have the last step, whose answer may keep its place from one before it, begin again in its turn or end."""
        last = len(self.requests) - 1
        if index == last or self.runner.ahead is None:
            return False
        if self.requests[last].method not in SAFE_METHODS:
            return self._last_reads_on(last)
        await self._end([task for task, running in self._tasks.items() if running == last])
        await self.runner.drop_ahead(last)
        self.schedule.begin_again(last)
        self.schedule.begin_again(index)
        return True

    def _last_reads_on(self, last: int) -> bool:
        """What the last step has done cannot be done again: its answer is held, and gives its place back as it ends."""
        if last in self._tasks.values() or not self.runner.may_read_on:
            return False
        self.schedule.goes_on(last)
        self._tasks[asyncio.create_task(self.runner.read_on(self.composite.steps[last]))] = last
        return True

    async def _fail_dropped(self) -> None:
        """Fail the steps whose answers did not fit: in order, nothing else would have become of them."""
        over = {*self.results, *(() if self.schedule.failed_in is None else (self.schedule.failed_in,))}
        for index in self.runner.held.dropped & over:
            self.results.pop(index, None)
            await self._fail(index, self.runner.held.error())

    async def _fail(self, index: int, error: Exception) -> None:
        told = self._in_step(error, index) if isinstance(error, ServiceError) else error
        needless = self.schedule.failed(index, told)
        await self._end([task for task, running in self._tasks.items() if running in needless])

    async def _end(self, tasks: "Sequence[asyncio.Task[StepResult]]") -> None:
        """Break steps off, and wait until they have given back what they hold."""
        for task in tasks:
            task.cancel()
            self.schedule.ended(self._tasks.pop(task))
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)

    def _in_step(self, error: ServiceError, index: int) -> ServiceError:
        return in_step(error, self.composite.steps[index].name, index)


def _was_crowded_out(error: Exception) -> bool:
    """Whether other calls, those of the steps beside it perhaps, were in the way: nothing was sent."""
    return isinstance(error, Unavailable) and error.code == "OVERLOADED"
