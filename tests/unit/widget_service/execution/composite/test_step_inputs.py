"""Who may execute a composite, and what its steps take of the caller and give to stored connectors."""

import json
from dataclasses import replace

import pytest

from support.executing import executor
from support.upstream import Reply
from unit.widget_service.execution.composite.composing import composite, error_of, header, run, step
from widget_service.identity.callers import ANONYMOUS, Identified


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


async def test_repeated_headers_are_one_list_and_cookies_stand_on_lines_of_their_own(upstream):
    headers = {"Link": "<a>", "link": "<b>", "Set-Cookie": "a=1", "set-cookie": "b=2; Expires=Thu, 01 Jan 2099"}
    upstream.replies["/one"] = Reply(200, b"", headers)
    _, answer = await run(
        upstream,
        step("one", "/one", response_body="{{ response.headers | json_encode }}"),
        response_body="[{{ steps.one.body }}, {{ steps.one.headers | json_encode }}]",
    )
    for told in json.loads(answer.body):
        assert told["link"] == "<a>, <b>"
        assert told["set-cookie"] == "a=1\nb=2; Expires=Thu, 01 Jan 2099"
