"""What an admin is shown of a call: where each value came from, and no secret, whatever was done with it."""

import json

import pytest

from support.upstream import reply_json
from widget_service.authentication.tokens import tokens_of_process
from widget_service.connectors.snapshot import SnapshotHolder, build_snapshot
from widget_service.egress import EgressPolicy, UpstreamClient
from widget_service.execution.curl import as_curl
from widget_service.execution.explanation import explain
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.pipeline import Pipeline
from widget_service.identity.callers import Caller, FixedCaller
from widget_service.identity.users import User
from widget_service.registry.validate import validate_connectors
from widget_service.settings import Settings
from widget_service.templating import TemplateWorkers

SECRETS = {"key": "s3cr3t-k3y", "user": "us3r-name", "pw": "p4ssw0rd-value"}


async def trace(upstream, definition, *, secret_origins=None, **call):
    """Execute one connector in this process; return the execution and the answer."""
    connector = {"name": "One", "url": f"{upstream.origin}/v1", **definition}
    report = validate_connectors({"connectors": [connector]}, allow_insecure=True)
    assert not [problem for problem in report.problems if problem.is_error]
    snapshot = build_snapshot(
        report.connectors, secrets=SECRETS, variables={"v": "w"}, secret_origins=secret_origins or {}
    )
    client, workers = UpstreamClient(EgressPolicy(allow_insecure=True)), TemplateWorkers()
    settings = Settings(allow_insecure_upstreams=True)
    tokens = tokens_of_process(client, settings)
    caller = FixedCaller(Caller(User("u-1", email="a@example.com")), SnapshotHolder(snapshot))
    pipeline = Pipeline(settings, caller, client, workers, tokens)
    incoming = {"permalink": "one", "method": "GET", "query_string": "", "headers": {}, **call}
    try:
        execution, answer = await pipeline.trace(IncomingCall(**incoming))
        if answer.stream is not None:
            answer.body = b"".join([chunk async for chunk in answer.stream])
        return execution, answer
    finally:
        await tokens.aclose()
        await client.aclose()
        await workers.aclose()


def parameter(key, value, overridable=False):
    return {"key": key, "value": value, "overridable": overridable}


async def test_every_value_says_where_it_came_from(upstream):
    execution, _ = await trace(
        upstream,
        {
            "url": f"{upstream.origin}/v1/{{{{ get_variable('v') }}}}?a=1",
            "headers": [
                parameter("X-Kind", "k"),
                parameter("X-Lang", "en", True),
                parameter("X-Mail", "{{ user.email }}"),
            ],
            "query_parameters": [parameter("b", "2"), parameter("c", "3", True)],
        },
        query_string="c=9&d=4",
        headers={"x-lang": "de", "x-more": "m"},
    )
    explained = explain(execution)
    assert explained["url"] == f"{upstream.origin}/v1/w"
    assert explained["headers"] == [
        {"name": "X-Kind", "value": "k", "from": "connector"},
        {"name": "X-Lang", "value": "de", "from": "caller, in place of the connector's"},
        {"name": "X-Mail", "value": "a@example.com", "from": "connector"},
        {"name": "x-more", "value": "m", "from": "caller"},
    ]
    assert [(pair["name"], pair["value"], pair["from"]) for pair in explained["query_parameters"]] == [
        ("a", "1", "url"),
        ("b", "2", "connector"),
        ("c", "9", "caller, in place of the connector's"),
        ("d", "4", "caller"),
    ]
    assert as_curl(explained).startswith(f"curl -X GET \\\n  '{upstream.origin}/v1/w?a=1&b=2&c=9&d=4'")


@pytest.mark.parametrize(("length", "cut"), [(64 * 1024, None), (64 * 1024 + 1, 64 * 1024 + 1)])
async def test_a_long_body_is_told_by_its_beginning_and_says_so(upstream, length, cut):
    execution, _ = await trace(upstream, {"method": "POST", "request_body": f"{{{{ 'ü' * {length} }}}}"}, method="POST")
    explained = explain(execution)
    assert explained["request_body"] == "ü" * min(length, 64 * 1024)
    assert explained.get("request_body_cut") == cut
    assert ("# The body is cut" in as_curl(explained)) is (cut is not None)


def api_key(value, place="header", key="X-Key"):
    return {"authentication": {"type": "api_key", "config": {"key": key, "value": value, "in": place}}}


HIDDEN = [
    ({"headers": [parameter("X-Key", "{{ get_secret('key') }}")]}, "{{ get_secret('key') }}"),
    ({"headers": [parameter("X-Key", "T {{ get_secret('key') | base64_encode }}")]}, "T {{ get_secret('key') |"),
    ({"headers": [parameter("X-Key", "{{ ('a' ~ get_secret('key'))[::-1] }}")]}, "[::-1]"),
    ({"headers": [parameter("X-Key", "{% set k = 'key' %}{{ get_secret(k) }}")]}, "get_secret(k)"),
    ({"query_parameters": [parameter("k", "{{ get_secret('key') }}")]}, "{{ get_secret('key') }}"),
    ({"headers": [parameter("X-Jwt", "{{ jwt_encode({'a': 1}, get_secret('key'), 'HS256') }}")]}, "jwt_encode"),
    (api_key("Token {{ get_secret('key') }}"), "Token {{ get_secret('key') }}"),
    (api_key("{{ get_secret('key') }}", "query", "k"), "{{ get_secret('key') }}"),
    (api_key("{{ get_secret('key') }}", "header", "X-{{ 'Key' }}"), "{{ get_secret('key') }}"),
    (
        {
            "authentication": {
                "type": "basic",
                "config": {"username": "{{ get_secret('user') }}", "password": "{{ get_secret('pw') }}"},
            }
        },
        "Basic base64({{ get_secret('user') }}:{{ get_secret('pw') }})",
    ),
    ({"authentication": {"type": "bearer", "config": {"token": "{{ get_secret('key') }}"}}}, "Bearer {{ get_secret"),
    (
        {"headers": [parameter("X-A", "{{ get_secret('key')[::-1] }}"), parameter("x-a", "en")]},
        "{{ get_secret('key')[::-1] }}",
    ),
    (
        {"query_parameters": [parameter("k", "{{ get_secret('key')[::-1] }}"), parameter("k", "{{ 'e' ~ 'n' }}")]},
        "{{ 'e' ~ 'n' }}",
    ),
]


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize(("definition", "shown"), HIDDEN)
async def test_a_secret_is_shown_by_its_template(upstream, definition, shown):
    execution, answer = await trace(upstream, definition)
    assert answer.status == 200
    assert upstream.received
    explained = explain(execution)
    told = json.dumps(explained) + as_curl(explained)
    for value in SECRETS.values():
        assert value not in told
        assert value[::-1] not in told
    assert shown in json.dumps(explained)


@pytest.mark.parametrize(
    "definition",
    [
        api_key("literal-k3y-in-the-file"),
        api_key("literal-k3y{# get_secret #}"),
        *(
            {"headers": [parameter(key, "literal-k3y")]}
            for key in ("Authorization", "X-Api-Key", "cookie", "X-A-Token")
        ),
        {"headers": [parameter("Client_Secret", "{{ 'literal-k3y' }}")]},
        {"query_parameters": [parameter("api_key", "literal-k3y")]},
    ],
)
async def test_a_credential_that_stands_in_the_definition_is_hidden(upstream, definition):
    execution, answer = await trace(upstream, definition)
    assert answer.status == 200
    explained = explain(execution)
    assert "literal-k3y" not in json.dumps(explained) + as_curl(explained)
    assert "•" in json.dumps(explained, ensure_ascii=False)


async def test_of_a_key_declared_twice_the_callers_value_is_shown_and_the_secret_is_not(upstream):
    parameters = [parameter("k", "1", True), parameter("k", "{{ get_secret('key')[::-1] }}")]
    definition = {"headers": parameters, "query_parameters": parameters}
    execution, _ = await trace(upstream, definition, query_string="k=9", headers={"k": " 9 "})
    explained = explain(execution)
    for told in ("headers", "query_parameters"):
        assert [pair["value"] for pair in explained[told]] == ["9", "{{ get_secret('key')[::-1] }}"]


async def test_an_error_leaves_what_was_resolved_before_it(upstream):
    execution, answer = await trace(upstream, {}, permalink="nobody")
    assert answer.status == 404
    assert explain(execution) == {}
    execution, answer = await trace(upstream, {"headers": [parameter("X", "{{ get_secret('none') }}")]})
    assert answer.status == 422
    assert "headers" not in explain(execution)
    assert explain(execution)["permalink"] == "one"


async def test_a_bound_secret_is_sent_to_its_destination_only(upstream):
    upstream.replies["/v1"] = reply_json({"ok": True})
    definition = {"headers": [parameter("X-Key", "{{ get_secret('key') }}")]}
    elsewhere = {"key": frozenset({"https://api.example.com"})}
    _, answer = await trace(upstream, definition, secret_origins=elsewhere)
    error = json.loads(answer.body)["errors"]
    assert (answer.status, error["code"]) == (422, "DESTINATION_NOT_ALLOWED")
    assert "'key'" in error["detail"]
    assert "https://api.example.com" in error["detail"]
    assert SECRETS["key"] not in error["detail"]
    assert not upstream.received
    _, answer = await trace(upstream, definition, secret_origins={"key": frozenset({upstream.origin})})
    assert answer.status == 200
    _, answer = await trace(upstream, definition, secret_origins={"pw": frozenset({"https://x.example"})})
    assert answer.status == 200
