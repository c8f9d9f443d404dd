"""Test Connection over the API: what is resolved and answered, saved or not, and never a secret."""

import base64
import json

import pytest
import pytest_asyncio

from support.admin import admin_site
from support.commands import initialised
from support.processes import free_port
from support.upstream import Reply
from widget_service.control.values import set_secret, set_variable

SECRET = "s3cr3t-of-a-trial/+ß0123456789"
PRIVATE = "sign-with-this-key-0123456789abcdef"


def echo(request):
    told = {"target": request.target, "headers": request.headers, "body": request.body.decode("utf-8", "replace")}
    return Reply(body=json.dumps(told).encode(), headers={"Content-Type": "application/json"})


@pytest.fixture
def commands(tmp_path):
    return initialised(tmp_path)


@pytest_asyncio.fixture
async def site(commands, upstream):
    upstream.replies["/echo"] = echo
    async with admin_site(commands) as running:
        for name, value in (("api_key", SECRET), ("private", PRIVATE)):
            set_secret(running.plane, "default", name, value, actor="test")
        set_variable(running.plane, "default", "region", "eu", actor="test")
        running.owner = running.token("owner")
        yield running


async def tried(site, by=None, expected=200, **body):
    answer = await site.api("POST", "/connectors/test", by or site.owner, json=body)
    assert answer.status_code == expected, answer.text
    for secret in (SECRET, PRIVATE):
        for form in (secret, base64.b64encode(secret.encode()).decode(), json.dumps(secret)[1:-1]):
            assert form not in answer.text
            assert form not in str(answer.headers)
    return answer


def draft(upstream, **more):
    return {"name": "Draft", "url": f"{upstream.origin}/echo", **more}


async def test_a_definition_that_is_not_saved_is_executed_and_told_with_where_each_value_came_from(site, upstream):
    definition = {
        "name": "Plants of {{ x }}",
        "permalink": "plants",
        "url": f"{upstream.origin}/plants/{{{{ pathParams.id }}}}?fixed=1",
        "method": "POST",
        "path_parameters": [{"key": "id"}],
        "headers": [
            {"key": "X-Region", "value": "{{ get_variable('region') }}"},
            {"key": "X-User", "value": "{{ user.email }}"},
            {"key": "X-Key", "value": "k {{ get_secret('api_key') }}"},
        ],
        "query_parameters": [{"key": "lang", "value": "en", "overridable": True}],
        "request_body": '{"got": {{ body_text | tojson }}}',
        "response_body": "{{ (response.body | from_json).method }}!",
        "response_content_type": "text/plain",
    }
    answer = await tried(
        site,
        definition=definition,
        path_parameters=[{"key": "id", "value": "7"}],
        query=[{"key": "lang", "value": "pl"}, {"key": "q", "value": "fern"}],
        headers=[{"key": "X-Trace", "value": "t"}],
        payload={"a": 1},
        user={"id": "42", "email": "anna@example.com"},
    )
    told = answer.json()
    assert (told["status"], told["body"], told["error"]) == (200, "POST!", None)
    assert json.loads(told["destination"]["body"])["path"] == "/plants/7"
    request = told["request"]
    assert request["url"] == f"{upstream.origin}/plants/7"
    values = {each["name"]: (each["value"], each["from"]) for each in request["headers"]}
    assert values["X-Region"] == ("eu", "connector")
    assert values["X-User"] == ("anna@example.com", "connector")
    assert values["X-Key"] == ("k {{ get_secret('api_key') }}", "connector")
    assert values["x-trace"] == ("t", "caller")
    assert {each["name"]: (each["value"], each["from"]) for each in request["query_parameters"]} == {
        "fixed": ("1", "url"),
        "lang": ("pl", "caller, in place of the connector's"),
        "q": ("fern", "caller"),
    }
    assert json.loads(request["request_body"]) == {"got": '{"a": 1}'}
    assert request["response_content_type"] == "text/plain"
    assert [stage["name"] for stage in told["stages"]] == ["setup", "auth", "external", "transform"]
    assert told["curl"].startswith("# Set API_KEY first")
    header = json.loads(answer.headers["x-debug-request"])
    assert header == {name: request[name] for name in header}
    assert [problem["severity"] for problem in told["problems"]] == []
    kept = await site.api("GET", "/connectors/plants", site.owner)
    assert kept.status_code == 404, "nothing is saved"


@pytest.mark.parametrize(
    "uses",
    [
        {"headers": [{"key": "X-K", "value": "Token {{ get_secret('api_key') | base64_encode }}"}]},
        {"headers": [{"key": "X-K", "value": "{{ 'a' ~ get_secret('api_key') ~ 'b' }}"}]},
        {"headers": [{"key": "Authorization", "value": "Basic {{ ('u:' ~ get_secret('api_key')) | base64_encode }}"}]},
        {"query_parameters": [{"key": "k", "value": "{{ get_secret('api_key') | urlencode }}"}]},
        {
            "authentication": {
                "type": "basic",
                "config": {"username": "u", "password": "{{ get_secret('api_key') }}"},
            }
        },
        {"authentication": {"type": "bearer", "config": {"token": "{{ get_secret('api_key') }}"}}},
        {"headers": [{"key": "X-J", "value": "{{ jwt_encode({'a': 1}, get_secret('private'), 'HS256') }}"}]},
    ],
)
async def test_what_a_secret_went_into_is_told_by_its_template_whatever_stands_between(site, upstream, uses):
    answer = await tried(site, definition=draft(upstream, **uses))
    sent = upstream.last
    value = sent.headers.get("authorization") or sent.headers.get("x-k") or sent.headers.get("x-j") or sent.target
    told = answer.json()
    assert told["status"] == 200
    assert "get_secret" in json.dumps(told["request"])
    for shown in (value, value.partition(" ")[2] or value, value.partition("k=")[2] or value):
        assert shown not in answer.text
        assert shown not in answer.headers["x-debug-request"]


async def test_a_saved_connector_is_tested_by_its_permalink(site, upstream):
    definition = draft(upstream, permalink="saved")
    made = await site.api("PUT", "/connectors/saved", site.owner, json=definition)
    assert made.status_code == 201
    assert (await tried(site, permalink="saved")).json()["status"] == 200
    assert (await tried(site, permalink="saved", method="POST")).json()["error"]["code"] == "METHOD_NOT_ALLOWED"
    await tried(site, permalink="nothing", expected=404)


async def test_a_composite_that_is_not_saved_is_told_step_by_step(site, upstream):
    await site.api("PUT", "/connectors/saved", site.owner, json=draft(upstream, permalink="saved"))
    steps = [
        {"name": "one", "connector": "saved"},
        {"name": "two", "connector": "saved"},
    ]
    answer = await tried(site, definition={"name": "Both", "steps": steps, "response_body": "{{ 1 + 1 }}"})
    told = answer.json()
    assert told["status"] == 200, told
    assert [(step["name"], step["state"]) for step in told["steps"]] == [("one", "answered"), ("two", "answered")]
    assert told["steps"][0]["request"]["url"] == f"{upstream.origin}/echo"


async def test_errors_of_a_draft_are_all_told_with_their_paths(site):
    answer = await tried(site, definition={"name": "", "url": "ftp://x", "method": "FETCH"}, expected=422)
    paths = {problem["path"] for problem in answer.json()["errors"]["problems"]}
    assert {"$.name", "$.url", "$.method"} <= paths


async def test_an_error_of_the_call_is_told_with_the_stage_it_came_from(site, upstream):
    port = free_port()
    answer = await tried(site, definition={"name": "Gone", "url": f"http://127.0.0.1:{port}/"})
    told = answer.json()
    assert (told["status"], told["error"]["code"]) == (502, "UPSTREAM_UNREACHABLE")
    assert [stage["name"] for stage in told["stages"] if stage["failed"]] == ["external"]
    missing = (
        await tried(site, definition=draft(upstream, headers=[{"key": "X", "value": "{{ get_secret('no') }}"}]))
    ).json()
    assert missing["error"]["code"] == "TEMPLATE_ERROR"
    assert "no" in missing["problems"][0]["message"], "a secret that is not there is warned of"


async def test_who_may_not_use_secrets_sends_none_somewhere_new_by_a_draft(site, upstream):
    editor = site.token("editor", "read", "write", "execute", role="editor")
    key = [{"key": "X-K", "value": "{{ get_secret('api_key') }}"}]
    await tried(site, editor, definition=draft(upstream, headers=key), expected=403)
    assert upstream.received == []
    saved = await site.api("PUT", "/connectors/saved", site.owner, json=draft(upstream, permalink="saved", headers=key))
    assert saved.status_code == 201
    assert (await tried(site, editor, definition=draft(upstream, headers=key))).json()["status"] == 200
    executes = site.token("executes", "execute", role="editor")
    assert (await tried(site, executes, permalink="saved")).json()["status"] == 200
    await tried(site, executes, definition=draft(upstream), expected=403)


@pytest.mark.parametrize(
    "body",
    [{}, {"permalink": "a", "definition": {}}, {"permalink": "a", "payload": 1, "payload_is_text": True}, {"x": 1}],
)
async def test_what_is_no_test_call_is_refused(site, body):
    await tried(site, expected=422, **body)
