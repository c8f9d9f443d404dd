"""Composites of the shapes that repositories have, over a real destination."""

import json

from support.executing import executor
from support.upstream import Reply, reply_json


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
