"""Whatever graph of steps, and in whatever order the answers come: results and errors are those of running in order."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from widget_service.authentication.tokens import tokens_of_process
from widget_service.connectors.snapshot import SnapshotHolder, build_snapshot
from widget_service.errors import UpstreamError
from widget_service.execution.composite import schedule, step_runner
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.pipeline import Pipeline
from widget_service.identity.callers import ANONYMOUS, FixedCaller
from widget_service.registry.validate import validate_connectors
from widget_service.settings import Settings
from widget_service.templating import TemplateWorkers

LIMIT = 200
AHEAD = 30

METHODS = st.sampled_from(["GET"] * 6 + ["HEAD", "POST", "DELETE"])
OUTCOMES = st.sampled_from(["fine"] * 8 + ["404", "unreachable", "cut off", "large"])
SIZES = st.lists(st.sampled_from([0, 10, 60, 120]), max_size=2)


@st.composite
def graphs(draw):
    """Return steps and what becomes of each request, by its path."""
    steps, connectors, outcomes = [], [], {}
    for index in range(draw(st.integers(2, 7))):
        earlier = [step["name"] for step in steps]
        read = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=2)) if earlier else []
        value = "".join(f"{{{{ steps['{name}'].body }}}},{{{{ steps['{name}'].status_code }}}};" for name in read)
        if earlier and draw(st.integers(0, 3)) == 0:
            value += "{{ steps | json_encode }}"
        if draw(st.integers(0, 14)) == 0:
            value += "{{ 1 / 0 }}"
        method = draw(METHODS)
        step = {"name": f"s-{index}", "headers": [{"key": "X-Read", "value": value}]}
        if draw(st.integers(0, 3)) == 0:
            step["connector"] = f"c-{index}"
            connectors.append(stored(index, method, has_template=draw(st.booleans())))
        else:
            step |= {"url": f"http://127.0.0.1/{index}", "method": method}
        step["request_body"] = value if method == "POST" else ""
        if method in ("POST", "DELETE") and draw(st.booleans()):
            step["parallel"] = True
        if draw(st.integers(0, 5)) == 0:
            step["when"] = f"{{{{ steps['{read[0]}'].status_code }}}}" if read else "{{ false }}"
        if draw(st.integers(0, 4)) == 0:
            step["on_error"] = "continue"
        if "url" in step and draw(st.integers(0, 3)) == 0:
            step["response_body"] = "<{{ response.body }}>"
        steps.append(step)
        outcomes[f"/{index}"] = draw(OUTCOMES), draw(SIZES)
    whole = {"name": "All", "permalink": "all", "steps": steps}
    if draw(st.booleans()):
        whole["response_body"] = "{{ steps | json_encode }}"
    return whole, connectors, outcomes


@st.composite
def graphs_that_end_in_an_effect(draw):
    """Return graphs whose last step may have the first place of all, and whose answer is sent on as it comes."""
    whole, connectors, outcomes = draw(graphs())
    first, *others = whole["steps"]
    first["when"] = "{{ false }}"
    for step in others:
        step["headers"][0]["value"] += "{{ steps['s-0'].body }}"
    number = len(whole["steps"])
    last = {"name": f"s-{number}", "url": f"http://127.0.0.1/{number}", "method": "POST", "parallel": True}
    whole["steps"].append(last)
    whole.pop("response_body", None)
    outcomes[f"/{number}"] = draw(st.sampled_from(["fine", "fine", "404", "cut off"])), draw(SIZES)
    return whole, connectors, outcomes


def stored(index, method, *, has_template):
    """Return the connector that a step runs; what the step gives it is sent on."""
    connector = {
        "name": f"C {index}",
        "permalink": f"c-{index}",
        "url": f"http://127.0.0.1/{index}",
        "method": method,
        "headers": [{"key": "X-Read", "value": "", "overridable": True}],
    }
    return connector | ({"response_body": "<{{ response.body }}>"} if has_template else {})


class Body(AsyncGenerator):
    """The body of an answer, a part for each turn that it is given."""

    def __init__(self, world, parts, *, is_cut):
        self.world, self.parts, self.is_cut = world, parts, is_cut

    async def __anext__(self):
        await self.world.turn()
        if self.parts:
            return self.parts.pop(0)
        if self.is_cut:
            raise UpstreamError("UPSTREAM_INVALID_RESPONSE", "It was cut off.")
        raise StopAsyncIteration

    async def asend(self, value):
        return await self.__anext__()

    async def athrow(self, *_):
        await self.aclose()

    async def aclose(self):
        self.parts = []


class Answered:
    """An answer, as `UpstreamResponse` is one."""

    has_ended = False
    content_length = None

    def __init__(self, status, body):
        self.status, self.headers, self.body = status, [("Content-Type", "text/plain")], body

    def aiter_bytes(self):
        return self.body

    async def aclose(self):
        await self.body.aclose()


class World:
    """All destinations. Whoever waits for one has to be given a turn; ``order`` says whose is the next."""

    def __init__(self, outcomes, order, parallel):
        self.outcomes, self.order, self.parallel = outcomes, order, parallel
        self.sent, self.turns = [], []
        self.effects = 0
        self.policy = None

    async def send(self, request):
        path = request.url.removeprefix("http://127.0.0.1").partition("?")[0]
        self.sent.append((request.method, path, tuple(request.headers), request.body))
        await self.turn()
        outcome, sizes = self.outcomes[path]
        if outcome == "unreachable":
            raise UpstreamError("UPSTREAM_UNREACHABLE", f"{path} is not there.")
        self.effects += self.has_its_turn(request.method, path)
        parts = (
            [f"{path} after {self.effects}".encode()]
            + [b"." * size for size in sizes]
            + [b"x" * 300] * (outcome == "large")
        )
        body = Body(self, parts, is_cut=outcome == "cut off")
        return Answered(404 if outcome == "404" else 200, body)

    def has_its_turn(self, method, path):
        """Whether a request has an effect whose place in the order counts."""
        return method in ("POST", "DELETE") and path not in self.parallel

    async def turn(self):
        future = asyncio.get_running_loop().create_future()
        self.turns.append(future)
        await future

    async def drive(self):
        while True:
            for _ in range(6):  # until everybody waits again
                await asyncio.sleep(0)
            self.turns = [turn for turn in self.turns if not turn.done()]
            if self.turns:
                self.turns.pop(self.order() % len(self.turns)).set_result(None)


@asynccontextmanager
async def pipeline(definition, connectors, world, places):
    registry = {"connectors": connectors, "composite_connectors": [definition]}
    report = validate_connectors(registry, allow_insecure=True)
    assert not [problem for problem in report.problems if problem.is_error]
    snapshot = build_snapshot(report.connectors, secrets={}, variables={}, composites=report.composites)
    limits = {"max_response_bytes": LIMIT, "max_calls_per_destination": places, "max_waiting_calls": 0}
    settings = Settings(allow_insecure_upstreams=True, **limits)
    workers, tokens = TemplateWorkers(), tokens_of_process(world, settings)
    try:
        yield Pipeline(settings, FixedCaller(ANONYMOUS, SnapshotHolder(snapshot)), world, workers, tokens)
    finally:
        await tokens.aclose()
        await workers.aclose()


async def executed(graph, order, places):
    """Return the answer, as far as a caller can tell it from another, and what was sent."""
    definition, connectors, outcomes = graph
    parallel = {f"/{index}" for index, step in enumerate(definition["steps"]) if step.get("parallel")}
    world = World(outcomes, order, parallel)
    async with pipeline(definition, connectors, world, places) as pipe:
        driver = asyncio.create_task(world.drive())
        try:
            call = IncomingCall("composite/all", "POST", "", {"x-request-id": "r-1"})
            async with asyncio.timeout(10):
                answer = await pipe.execute(call)
                told = await body_of(answer)
        finally:
            driver.cancel()
    headers = [pair for pair in answer.headers if pair[0] not in ("Server-Timing", "X-Connector-Timing")]
    return told if told == "broken off" else (answer.status, headers, told), world


async def body_of(answer):
    """Return the body; that of the last step may break off before the answer has begun, or after."""
    if answer.stream is None:
        return "broken off" if answer.status == 502 and b"INVALID_RESPONSE" in answer.body else answer.body
    try:
        return b"".join([part async for part in answer.stream])
    except UpstreamError:
        return "broken off"
    finally:
        await answer.release()


@settings(max_examples=200, deadline=None)
@given(
    graphs() | graphs_that_end_in_an_effect(),
    st.lists(st.integers(0, 1000), min_size=40, max_size=40),
    st.sampled_from([256, 256, 1, 2]),
)
def test_results_and_errors_are_those_of_running_in_order(graph, numbers, places):
    """However few places there are at the destination: steps that crowd each other out begin again."""
    (answer, beside), (expected, in_order) = asyncio.run(both(graph, numbers, places))
    assert answer == expected
    assert with_turns(beside) == with_turns(in_order)
    assert set(in_order.sent) <= set(beside.sent)
    if expected[0] == 200:
        assert effects(beside) == effects(in_order)
        assert set(beside.sent) == set(in_order.sent)
        assert places < 256 or len(beside.sent) == len(in_order.sent)


def with_turns(world):
    """Return the requests whose order counts."""
    return [request for request in world.sent if world.has_its_turn(*request[:2])]


def effects(world):
    """Return the requests that may have an effect, each as often as it was sent."""
    return sorted(repr(request) for request in world.sent if request[0] in ("POST", "DELETE"))


async def both(graph, numbers, places=256):
    rest = iter(numbers * 20)
    with patch.object(step_runner, "HELD_BYTES", AHEAD):
        beside = await executed(graph, lambda: next(rest, 0), places)
    with patch.object(schedule, "MAX_AT_A_TIME", 1):
        in_order = await executed(graph, lambda: 0, places)
    return beside, in_order


def test_an_error_holds_nothing_of_other_steps():
    definition = {
        "name": "All",
        "permalink": "all",
        "steps": [
            {"name": "one", "url": "http://127.0.0.1/0"},
            {"name": "two", "url": "http://127.0.0.1/1", "headers": [{"key": "X", "value": "{{ steps.one.body }}"}]},
        ],
    }
    outcomes = {"/0": ("fine", [7]), "/1": ("404", [])}
    (answer, _), _ = asyncio.run(both((definition, [], outcomes), [0]))
    assert answer[0] == 502
    assert json.loads(answer[2]) == {
        "success": False,
        "errors": {
            "code": "STEP_FAILED",
            "detail": "The destination of the step answered 404.",
            "scope": "Composite step 'two' (index 1): Downstream (HTTP error)",
        },
        "request_id": "r-1",
    }
