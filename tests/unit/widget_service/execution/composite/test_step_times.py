"""The time of composites as it is told, and answers to steps that are kept."""

import json
import re
import time

import pytest

from support.executing import executor
from support.upstream import Reply
from unit.widget_service.execution.composite.composing import composite, header, run, step


async def test_times_are_told_for_each_step_and_waits_count_once(upstream):
    for path in ("/one", "/two"):
        upstream.replies[path] = Reply(200, b"1", before=lambda: time.sleep(0.2))
    execution, answer = await run(upstream, step("one", "/one"), step("two", "/two"))
    told = json.loads(header(answer, "X-Connector-Timing"))
    assert [each["name"] for each in told["steps"]] == ["one", "two"]
    assert told["external_ms"] < 390 <= sum(each["external_ms"] for each in told["steps"])
    assert told["internal_ms"] == pytest.approx(told["total_ms"] - told["external_ms"], abs=0.02)
    assert set(told["breakdown"]) == {"setup_ms", "transform_ms", "cache_ms", "http_request_ms"}
    timing = header(answer, "Server-Timing")
    assert re.fullmatch(r"step\.one;dur=[\d.]+, step\.two;dur=[\d.]+, total;dur=[\d.]+", timing)
    assert execution.timing.external_host == ""


async def test_twenty_steps_have_a_time_each(upstream):
    """What there is no room for is the breakdown; no step is left out."""
    steps = [step(f"a-rather-long-name-of-a-step-{index}", f"/{index}") for index in range(20)]
    _, answer = await run(upstream, *steps)
    told = header(answer, "X-Connector-Timing")
    assert len(told) <= 4096
    assert [set(each) for each in json.loads(told)["steps"]] == [{"name", "total_ms", "external_ms"}] * 20
    assert [each["name"] for each in json.loads(told)["steps"]] == [each["name"] for each in steps]
    assert header(answer, "Server-Timing").count("step.") == 20


async def test_timing_headers_stay_short_however_many_steps_there_are(upstream):
    steps = [step(f"a-rather-long-name-of-a-step-{index}", f"/{index}") for index in range(200)]
    _, answer = await run(upstream, *steps)
    assert answer.status == 200
    told = header(answer, "X-Connector-Timing")
    assert len(told) <= 4096
    assert json.loads(told)["truncated"] is True
    assert len(header(answer, "Server-Timing")) < 4200


async def test_answers_to_steps_are_kept_like_any(upstream):
    upstream.replies["/kept"] = Reply(200, b"[1]", {"Content-Type": "application/json", "Cache-Control": "max-age=60"})
    steps = (step("one", upstream.origin + "/kept"), step("two", upstream.origin + "/two", method="POST"))
    async with executor([], composites=[composite(*steps)]) as service:
        await service.compose("all")
        _, answer = await service.compose("all")
    assert [each.method for each in upstream.received] == ["GET", "POST", "POST"]
    assert [each["cache_hit"] for each in json.loads(header(answer, "X-Connector-Timing"))["steps"]] == [True, False]
    assert header(answer, "Cache-Control") == "no-store"


async def test_steps_that_run_the_same_connector_alike_ask_once(upstream):
    upstream.replies["/kept"] = Reply(200, b"[1]", {"Content-Type": "text/plain", "Cache-Control": "max-age=60"})
    steps = ({"name": f"s-{index}", "connector": "kept"} for index in range(5))
    _, answer = await run(upstream, *steps, connectors=[{"name": "Kept", "url": "/kept"}])
    assert (answer.status, answer.body, len(upstream.received)) == (200, b"[1]", 1)
