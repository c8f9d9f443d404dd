"""Composites of the shapes that repositories have, over a real destination."""

import json
import re
import threading
import time
from dataclasses import replace

import pytest

from support.executing import executor
from support.processes import free_port
from support.upstream import Reply, reply_json
from widget_service.identity.callers import ANONYMOUS, Identified


def step(name, url, **fields):
    return {"name": name, "url": url, **fields}


def composite(*steps, **fields):
    return {"name": "All", "permalink": "all", "steps": list(steps), **fields}


async def run(upstream, *steps, call=None, connectors=(), values=None, **fields):
    """Execute a composite of ``steps``, whose URLs are paths of the upstream; return the execution and the answer."""
    placed = [{**each, "url": upstream.origin + each["url"]} if "url" in each else each for each in steps]
    stored = [{**each, "url": upstream.origin + each["url"]} for each in connectors]
    async with executor(stored, composites=[composite(*placed, **fields)], **(values or {})) as service:
        return await service.compose("all", **(call or {}))


def error_of(answer):
    errors = json.loads(answer.body)["errors"]
    return answer.status, errors["code"], errors.get("scope")


def header(answer, name):
    return next((value for key, value in answer.headers if key.lower() == name.lower()), None)


async def test_a_handshake_passes_a_header_of_the_first_step_on(upstream):
    upstream.replies["/init"] = reply_json({"ok": True}, Mcp_Session_Id="s-1")
    upstream.replies["/ready"] = Reply(202, b"", {})
    upstream.replies["/call"] = lambda request: reply_json({"session": request.headers.get("mcp-session-id")})
    session = [{"key": "Mcp-Session-Id", "value": "{{ steps.init.headers['mcp-session-id'] }}"}]
    body = '{"jsonrpc": "2.0", "params": {{ request.body_text }}}'
    _, answer = await run(
        upstream,
        step("init", "/init", method="POST", request_body='{"method": "initialize"}'),
        step("ready", "/ready", method="POST", headers=session, request_body="{}"),
        step("call", "/call", method="POST", headers=session, request_body=body),
        call={"headers": {"content-type": "application/json"}, "body": b'{"q": 1}'},
    )
    assert (answer.status, json.loads(answer.body)) == (200, {"session": "s-1"})
    assert [each.path for each in upstream.received] == ["/init", "/ready", "/call"]
    assert upstream.last.body == b'{"jsonrpc": "2.0", "params": {"q": 1}}'
    assert upstream.last.headers["content-type"] == "application/json"


async def test_a_look_up_is_followed_by_a_fetch(upstream):
    upstream.replies["/find"] = reply_json({"items": [{"id": "a/1"}]})
    _, answer = await run(
        upstream,
        step("look-up", "/find", query_parameters=[{"key": "q", "value": "{{ request.query_parameters.q }}"}]),
        step("fetch", "/items/{{ (steps['look-up'].body | from_json)['items'][0].id }}"),
        call={"query_string": "q=x%20y&q=z"},
    )
    assert json.loads(answer.body)["path"] == "/items/a%2F1"
    assert upstream.received[0].query == [("q", "z")]


async def test_independent_steps_run_at_the_same_time(upstream):
    meeting = threading.Barrier(2, timeout=10)
    for path in ("/one", "/two"):
        upstream.replies[path] = Reply(200, path.encode(), {"Content-Type": "text/plain"}, before=meeting.wait)
    _, answer = await run(upstream, step("one", "/one"), step("two", "/two"))
    assert (answer.status, answer.body) == (200, b"/two")


async def test_steps_with_side_effects_may_ask_to_run_beside_others(upstream):
    meeting = threading.Barrier(2, timeout=10)
    for path in ("/one", "/two"):
        upstream.replies[path] = Reply(200, path.encode(), before=meeting.wait)
    _, answer = await run(upstream, step("one", "/one"), step("two", "/two", method="POST", parallel=True))
    assert answer.body == b"/two"


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


async def test_it_is_always_post_without_path_parameters(upstream):
    async with executor([], composites=[composite(step("one", upstream.origin))]) as service:
        _, got = await service.execute("composite/all", method="GET")
        _, given = await service.compose("all", headers={"x-path-params": "id=1"})
        _, unknown = await service.compose("other")
    assert error_of(got)[:2] == (400, "METHOD_NOT_ALLOWED")
    assert header(got, "Allow") == "POST"
    assert error_of(given)[:2] == (400, "INVALID_PATH_PARAMETERS")
    assert error_of(unknown)[:2] == (404, "CONNECTOR_NOT_FOUND")


@pytest.mark.parametrize("where", ["headers", "query_parameters"])
async def test_anonymous_callers_are_refused_where_a_step_sends_the_user(upstream, where):
    one = step("one", upstream.origin, **{where: [{"key": "u", "value": "{{ user.id | default('', true) }}"}]})
    async with executor([], composites=[composite(one)]) as service:
        anonymous = Identified(ANONYMOUS, service.pipeline.callers.snapshots.current)
        _, answer = await service.compose("all", identified=anonymous)
        _, known = await service.compose("all")
    assert error_of(answer)[:2] == (401, "AUTHENTICATION_REQUIRED")
    assert known.status == 200


async def test_a_skipped_step_has_no_result_and_the_answer_is_the_last_that_there_is(upstream):
    upstream.replies["/one"] = reply_json({"one": 1})
    _, answer = await run(
        upstream,
        step("one", "/one"),
        step("two", "/two", method="POST", when="{{ steps.one.status_code == 404 }}"),
        step("three", "/three", when="{{ steps.two.status_code }}"),
    )
    assert json.loads(answer.body) == {"one": 1}
    assert [each.path for each in upstream.received] == ["/one"]
    assert 'step.two;desc="Skipped";dur=0' in header(answer, "Server-Timing")


@pytest.mark.parametrize("when", ["", " ", "{{ '' }}", "false", "{{ false }}", "0", "None", "{{ none }}"])
async def test_what_skips_a_step(upstream, when):
    _, answer = await run(upstream, step("one", "/one", when=when), response_body="{{ steps | json_encode }}")
    if not when.strip():
        assert len(upstream.received) == 1
        return
    assert (answer.status, upstream.received) == (200, [])
    assert json.loads(answer.body) == {"one": {"body": None, "status_code": None, "headers": {}}}


async def test_all_steps_skipped_is_an_answer_without_content(upstream):
    _, answer = await run(upstream, step("one", "/one", when="0"))
    assert (answer.status, answer.body) == (204, None)


async def test_a_step_that_may_fail_leaves_its_answer_to_those_after_it(upstream):
    upstream.replies["/one"] = reply_json({"why": "gone"}, 410)
    _, answer = await run(
        upstream,
        step("one", "/one", on_error="continue"),
        step("gone", "/{{ 1 / 0 }}", on_error="continue"),
        step("two", "/two", headers=[{"key": "X", "value": "{{ steps.one.status_code }}{{ steps.gone.status_code }}"}]),
        response_body="{{ (steps.one.body | from_json).why }} {{ steps.two.status_code }}",
        response_content_type="text/plain",
    )
    assert (answer.status, answer.body, header(answer, "Content-Type")) == (200, b"gone 200", "text/plain")
    assert upstream.last.headers["x"] == "410None"


async def test_a_binary_step_has_no_text_and_can_be_the_answer(upstream):
    upstream.replies["/png"] = Reply(200, b"\x89PNG\xff", {"Content-Type": "image/png", "ETag": '"1"'})
    _, answer = await run(
        upstream,
        step("image", "/png"),
        step("again", "/png", headers=[{"key": "X", "value": "{{ steps.image.body is none }}"}]),
    )
    assert (answer.body, header(answer, "Content-Type"), header(answer, "ETag")) == (b"\x89PNG\xff", "image/png", '"1"')
    assert upstream.last.headers["x"] == "True"


async def test_an_array_is_an_answer_like_any(upstream):
    upstream.replies["/list"] = reply_json([1, 2])
    _, answer = await run(upstream, step("list", "/list", response_body="{{ response.body | from_json | length }}"))
    assert (answer.status, answer.body) == (200, b"2")


async def test_a_head_step_at_the_end_is_an_answer_without_a_body(upstream):
    upstream.replies["/one"] = Reply(200, b"12345", {"Content-Type": "text/plain", "X-Total-Count": "5"})
    _, answer = await run(upstream, step("one", "/one", method="HEAD"))
    assert (answer.status, answer.body, header(answer, "Content-Length")) == (200, b"", None)
    assert header(answer, "X-Total-Count") == "5"


async def test_a_step_runs_a_stored_connector_with_its_input(upstream):
    connector = {
        "name": "Item",
        "permalink": "item",
        "url": "/items/{{ pathParams.id }}",
        "method": "PUT",
        "path_parameters": [{"key": "id"}],
        "query_parameters": [{"key": "fixed", "value": "1"}],
        "headers": [{"key": "X-Key", "value": "{{ get_secret('k') }}"}],
    }
    _, answer = await run(
        upstream,
        step("first", "/first"),
        {
            "name": "second",
            "connector": "item",
            "path_parameters": [{"key": "id", "value": "{{ (steps.first.body | from_json).path | length }}"}],
            "query_parameters": [{"key": "fixed", "value": "2"}, {"key": "more", "value": "a b"}],
            "headers": [{"key": "X-Own", "value": "o"}, {"key": "Content-Type", "value": "text/plain"}],
            "request_body": "{{ request.body_text }}!",
        },
        connectors=[connector],
        values={"secrets": {"k": "s3cr3t"}},
        call={"body": b"hello", "headers": {"content-type": "application/x"}},
    )
    assert (answer.status, upstream.last.method, upstream.last.path) == (200, "PUT", "/items/6")
    assert upstream.last.query == [("fixed", "1"), ("more", "a b")]
    assert upstream.last.body == b"hello!"
    sent = upstream.last.headers
    assert (sent["x-key"], sent["x-own"], sent["content-type"]) == ("s3cr3t", "o", "text/plain")


async def test_a_connector_that_is_there_no_more_is_told(upstream):
    async with executor([], composites=[composite(step("one", upstream.origin))]) as service:
        snapshots = service.pipeline.callers.snapshots
        stored = snapshots.current.composites["all"]
        gone = replace(stored.steps[0], request=None, connector="gone")
        broken = replace(stored, steps=(gone,))
        snapshots.replace(replace(snapshots.current, composites={"all": broken}))
        _, answer = await service.compose("all")
    assert error_of(answer) == (400, "CONNECTOR_MISCONFIGURED", "Composite step 'one' (index 0)")


async def test_what_a_connector_refuses_a_caller_for_is_refused_before_anything_is_sent(upstream):
    mine = {"name": "Mine", "url": "/mine", "access": {"require": "user"}}
    steps = (step("one", upstream.origin + "/one", method="POST"), {"name": "two", "connector": "mine"})
    connector = {**mine, "url": upstream.origin + "/mine"}
    async with executor([connector], composites=[composite(*steps)]) as service:
        anonymous = Identified(ANONYMOUS, service.pipeline.callers.snapshots.current)
        _, answer = await service.compose("all", identified=anonymous)
    assert error_of(answer)[:2] == (401, "AUTHENTICATION_REQUIRED")
    assert upstream.received == []


async def test_a_secret_bound_to_an_origin_does_not_leave_through_a_connector(upstream):
    connector = {"name": "Open", "url": "/open"}
    bound = {"secrets": {"k": "s3cr3t"}, "secret_origins": {"k": frozenset({"https://api.example.com"})}}
    _, answer = await run(
        upstream,
        {"name": "one", "connector": "open", "headers": [{"key": "X-Key", "value": "{{ get_secret('k') }}"}]},
        connectors=[connector],
        values=bound,
    )
    assert error_of(answer)[:2] == (422, "DESTINATION_NOT_ALLOWED")
    assert upstream.received == []


async def test_callers_give_only_what_a_step_declares_overridable(upstream):
    declared = [{"key": "size", "value": "1", "overridable": True}, {"key": "fixed", "value": "1"}]
    headers = [{"key": "X-Lang", "value": "en", "overridable": True}]
    await run(
        upstream,
        step("one", "/one", query_parameters=declared, headers=headers),
        call={
            "query_string": "size=2&fixed=2&more=2",
            "headers": {"x-lang": "de", "x-more": "m", "x-request-id": "r-1", "accept-language": "de"},
        },
    )
    assert upstream.last.query == [("size", "2"), ("fixed", "1")]
    sent = upstream.last.headers
    assert (sent["x-lang"], sent["x-request-id"], sent["accept-language"]) == ("de", "r-1", "de")
    assert "x-more" not in sent


async def test_a_body_that_a_step_does_not_write_is_the_callers(upstream):
    await run(upstream, step("one", "/one", method="POST"), call={"body": b"\x00\xff"})
    assert upstream.last.body == b"\x00\xff"
    _, refused = await run(
        upstream, step("one", "/one"), call={"body": b"{", "headers": {"content-type": "application/json"}}
    )
    assert error_of(refused)[:2] == (400, "INVALID_REQUEST_BODY")


async def test_steps_whose_names_are_methods_of_a_dict_can_be_read(upstream):
    names = ("update", "copy", "pop")
    reads = " ".join(f"{{{{ steps.{name}.status_code }}}}" for name in names)
    _, answer = await run(upstream, *(step(name, f"/{name}") for name in names), response_body=reads)
    assert answer.body == b"200 200 200"


async def test_templates_may_not_change_what_others_see(upstream):
    change = "{% set _ = steps.one.headers.update({'x': 'changed'}) %}{% set _ = request.headers.update({'y': '1'}) %}"
    _, answer = await run(
        upstream,
        step("one", "/one"),
        step("two", "/two", headers=[{"key": "X", "value": change + "{{ steps.one.headers.x }}"}]),
        response_body="[{{ steps.one.headers.x }}{{ request.headers.y }}]",
    )
    assert (upstream.last.headers["x"], answer.body) == ("changed", b"[]")


async def test_large_bodies_are_templated_in_a_worker_with_all_that_they_read(upstream):
    upstream.replies["/one"] = Reply(200, b"x" * 3_000_000, {"Content-Type": "text/plain"})
    body = "{{ steps.one.body | length }} {{ get_variable('v') }} {{ request.query_parameters.q }}"
    token = "{{ jwt_encode({'a': steps.one.body | length}, 'no key', 'RS256') }}"
    values = {"variables": {"v": "w"}}
    call = {"query_string": "q=1"}
    two = step("two", "/two", method="POST", request_body=body)
    await run(upstream, step("one", "/one"), two, values=values, call=call)
    assert upstream.last.body == b"3000000 w 1"
    _, answer = await run(upstream, step("one", "/one"), {**two, "request_body": token}, values=values)
    assert error_of(answer)[:2] == (422, "JWT_SIGNING_ERROR")


async def test_twenty_steps_in_a_row(upstream):
    steps = [step("s-0", "/0")]
    for index in range(1, 20):
        value = f"{{{{ steps['s-{index - 1}'].headers.date }}}}"
        steps.append(step(f"s-{index}", f"/{index}", headers=[{"key": "X", "value": value}]))
    _, answer = await run(upstream, *steps)
    assert (answer.status, [each.path for each in upstream.received]) == (200, [f"/{index}" for index in range(20)])
    told = json.loads(header(answer, "X-Connector-Timing"))
    assert [each["name"] for each in told["steps"]] == [f"s-{index}" for index in range(20)]


async def test_what_the_steps_hold_together_is_limited(upstream):
    for path in ("/one", "/two"):
        upstream.replies[path] = Reply(200, b"x" * 700, {"Content-Type": "text/plain"})
    steps = (step("one", "/one"), step("two", "/two", on_error="continue"), step("three", "/three"))
    _, answer = await run(upstream, *steps, values={"max_response_bytes": 1000})
    scope = "Composite step 'two' (index 1): Downstream (network/external service)"
    assert error_of(answer) == (502, "UPSTREAM_RESPONSE_TOO_LARGE", scope)


async def test_the_last_answer_is_sent_on_as_it_comes_however_large(upstream):
    upstream.replies["/two"] = Reply(200, b"x" * 3_000_000, {"Content-Type": "text/plain"})
    _, answer = await run(upstream, step("one", "/one"), step("two", "/two"), values={"max_response_bytes": 1000})
    assert (answer.status, len(answer.body), header(answer, "Content-Length")) == (200, 3_000_000, "3000000")


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


async def test_a_step_that_its_siblings_crowd_out_runs_when_it_is_its_turn(upstream):
    connector = {"name": "One", "url": "/one", "max_concurrency": 1}
    upstream.replies["/one"] = Reply(200, b"1", before=lambda: time.sleep(0.2))
    steps = [{"name": f"s-{index}", "connector": "one"} for index in range(3)]
    values = {"max_queue_wait_s": 0.05, "max_waiting_calls": 1}
    _, answer = await run(upstream, *steps, connectors=[connector], values=values)
    assert (answer.status, len(upstream.received)) == (200, 3)


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


async def test_timing_headers_stay_short_however_many_steps_there_are(upstream):
    steps = [step(f"a-rather-long-name-of-a-step-{index}", f"/{index}") for index in range(200)]
    _, answer = await run(upstream, *steps)
    assert answer.status == 200
    told = header(answer, "X-Connector-Timing")
    assert len(told) <= 4096
    assert json.loads(told)["truncated"] is True
    assert len(header(answer, "Server-Timing")) < 4200


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
