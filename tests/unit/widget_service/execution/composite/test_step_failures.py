"""Steps that fail, and limits of the whole: which step is named, and that nothing of others is told."""

import json
import threading
import time

import pytest

from support.executing import executor
from support.processes import free_port
from support.upstream import Reply, reply_json
from unit.widget_service.execution.composite.composing import composite, error_of, header, run, step


@pytest.mark.parametrize(
    ("reply", "fields", "expected"),
    [
        (reply_json({"of": "two, 9d2e"}, 404), {}, (502, "STEP_FAILED", "Downstream (HTTP error)")),
        (reply_json({}, 503), {"response_body": "{{ 1 / 0 }}"}, (502, "STEP_FAILED", "Downstream (HTTP error)")),
        (
            reply_json({}),
            {"response_body": "{{ 1 / 0 }}"},
            (422, "TEMPLATE_ERROR", "Configuration (template rendering)"),
        ),
        (
            reply_json({}),
            {"headers": [{"key": "X", "value": "{{ get_secret('no') }}"}]},
            (422, "TEMPLATE_ERROR", "Configuration (template rendering)"),
        ),
        (
            reply_json({}),
            {"headers": [{"key": "X", "value": "{{ jwt_encode({'a': 1}, 'no key', 'RS256') }}"}]},
            (422, "JWT_SIGNING_ERROR", "Authentication (JWT signing)"),
        ),
        (reply_json({}), {"when": "{{ 1 / 0 }}"}, (422, "TEMPLATE_ERROR", "Configuration (template rendering)")),
        (
            Reply(302, b"", {"Location": "/other"}),
            {"method": "POST"},
            (502, "UPSTREAM_REDIRECT", "Downstream (network/external service)"),
        ),
    ],
)
async def test_an_error_names_the_step_and_nothing_of_others(upstream, reply, fields, expected):
    upstream.replies["/one"] = reply_json({"of": "one, 8c1f"})
    upstream.replies["/two"] = reply
    _, answer = await run(upstream, step("one", "/one"), step("the-second", "/two", **fields), step("three", "/three"))
    status, code, scope = expected
    assert error_of(answer) == (status, code, f"Composite step 'the-second' (index 1): {scope}")
    assert b"8c1f" not in answer.body
    assert b"9d2e" not in answer.body


async def test_a_destination_that_is_not_there_is_told():
    async with executor([], composites=[composite(step("one", f"http://127.0.0.1:{free_port()}/x"))]) as service:
        _, answer = await service.compose("all")
    scope = "Composite step 'one' (index 0): Downstream (network/external service)"
    assert error_of(answer) == (502, "UPSTREAM_UNREACHABLE", scope)


async def test_a_composite_without_steps_is_an_unexpected_error():
    async with executor([], composites=[composite()]) as service:
        _, answer = await service.compose("all")
    assert error_of(answer) == (500, "INTERNAL_ERROR", "Unexpected error")


async def test_what_the_steps_hold_together_is_limited(upstream):
    for path in ("/one", "/two"):
        upstream.replies[path] = Reply(200, b"x" * 700, {"Content-Type": "text/plain"})
    steps = (step("one", "/one"), step("two", "/two", on_error="continue"), step("three", "/three"))
    _, answer = await run(upstream, *steps, values={"max_response_bytes": 1000})
    scope = "Composite step 'two' (index 1): Downstream (network/external service)"
    assert error_of(answer) == (502, "UPSTREAM_RESPONSE_TOO_LARGE", scope)


async def test_the_time_of_the_whole_is_limited_and_the_step_named(upstream):
    stop = threading.Event()
    upstream.replies["/two"] = Reply(before=lambda: stop.wait(10))
    try:
        values = {"execution_timeout_s": 0.3}
        _, answer = await run(upstream, step("one", "/one"), step("two", "/two", on_error="continue"), values=values)
    finally:
        stop.set()
    scope = "Composite step 'two' (index 1): Downstream (network/external service)"
    assert error_of(answer) == (502, "UPSTREAM_TIMEOUT", scope)
    assert json.loads(header(answer, "X-Connector-Timing"))["timeout"] is True


async def test_a_step_that_takes_too_long_is_told_by_its_own_time(upstream):
    stop = threading.Event()
    upstream.replies["/slow"] = Reply(before=lambda: stop.wait(10))
    connector = {"name": "Slow", "url": "/slow", "timeout_ms": 200}
    steps = (step("one", "/one"), {"name": "two", "connector": "slow"})
    try:
        execution, answer = await run(upstream, *steps, connectors=[connector])
    finally:
        stop.set()
    scope = "Composite step 'two' (index 1): Downstream (network/external service)"
    assert error_of(answer) == (502, "UPSTREAM_TIMEOUT", scope)
    assert execution.timing.timed_out


async def test_a_step_that_its_siblings_crowd_out_runs_when_it_is_its_turn(upstream):
    connector = {"name": "One", "url": "/one", "max_concurrency": 1}
    upstream.replies["/one"] = Reply(200, b"1", before=lambda: time.sleep(0.2))
    steps = [{"name": f"s-{index}", "connector": "one"} for index in range(3)]
    values = {"max_queue_wait_s": 0.05, "max_waiting_calls": 1}
    _, answer = await run(upstream, *steps, connectors=[connector], values=values)
    assert (answer.status, len(upstream.received)) == (200, 3)


async def test_the_last_step_gives_its_place_up_to_one_before_it(upstream):
    connector = {"name": "One", "url": "/one", "max_concurrency": 1}
    upstream.replies["/one"] = Reply(200, b"1" * 8_000_000)
    upstream.replies["/slow"] = Reply(200, b"1", before=lambda: time.sleep(0.4))
    read = [{"key": "a", "value": "{{ steps.first.body }}"}]
    steps = [
        step("first", "/slow"),
        {"name": "second", "connector": "one", "query_parameters": read},
        {"name": "last", "connector": "one"},
    ]
    values = {"max_queue_wait_s": 0.05, "max_waiting_calls": 1}
    _, answer = await run(upstream, *steps, connectors=[connector], values=values)
    assert answer.status == 200


def ending_in_an_effect(upstream, size):
    """Return steps of which the last has the only place first, and an answer of ``size`` bytes."""
    upstream.replies["/last"] = Reply(200, b"1" * size, {"Content-Type": "text/plain"})
    read = [{"key": "X", "value": "{{ steps.skipped.body }}"}]
    return [
        step("skipped", "/skipped", when="{{ false }}"),
        step("second", "/second", headers=read),
        step("last", "/last", method="POST", parallel=True),
    ]


ONE_PLACE = {"max_calls_per_destination": 1, "max_waiting_calls": 0}


@pytest.mark.parametrize("size", [1, 3_000_000])
async def test_a_last_step_with_an_effect_gives_its_place_up_and_is_sent_once(upstream, size):
    _, answer = await run(upstream, *ending_in_an_effect(upstream, size), values=ONE_PLACE)
    assert (answer.status, len(answer.body)) == (200, size)
    assert [each.path for each in upstream.received] == ["/last", "/second"]


async def test_a_last_step_whose_answer_is_longer_than_what_is_held_keeps_its_place(upstream):
    values = {**ONE_PLACE, "max_response_bytes": 2_000_000}
    _, answer = await run(upstream, *ending_in_an_effect(upstream, 30_000_000), values=values)
    assert error_of(answer) == (503, "OVERLOADED", "Composite step 'second' (index 1)")
    assert [each.path for each in upstream.received] == ["/last"]


async def test_steps_that_are_crowded_out_together_all_run_in_their_turn(upstream):
    connector = {"name": "One", "url": "/one", "max_concurrency": 1}
    upstream.replies["/one"] = Reply(200, b"1", before=lambda: time.sleep(0.1))
    steps = [{"name": f"s-{index}", "connector": "one"} for index in range(4)]
    _, answer = await run(upstream, *steps, connectors=[connector], values={"max_waiting_calls": 0})
    assert (answer.status, len(upstream.received)) == (200, 4)
