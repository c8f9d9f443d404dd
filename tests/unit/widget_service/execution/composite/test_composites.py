"""Composites of the shapes that repositories have, over a real destination."""

import json
import threading

import pytest

from support.upstream import Reply, reply_json
from unit.widget_service.execution.composite.composing import error_of, header, run, step


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


async def test_the_last_answer_is_sent_on_as_it_comes_however_large(upstream):
    upstream.replies["/two"] = Reply(200, b"x" * 3_000_000, {"Content-Type": "text/plain"})
    _, answer = await run(upstream, step("one", "/one"), step("two", "/two"), values={"max_response_bytes": 1000})
    assert (answer.status, len(answer.body), header(answer, "Content-Length")) == (200, 3_000_000, "3000000")
