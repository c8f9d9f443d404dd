"""The JSON Schema of registries: published as it is made, and of one mind with the validator."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from support.absent import ABSENT
from unit.widget_service.connectors.definitions import composite, connector, step
from unit.widget_service.connectors.strategies import registries
from widget_service.connectors.schema import DIALECT, main, registry_schema
from widget_service.registry.validate import validate_connectors

PUBLISHED = Path(__file__).parents[4] / "protocol" / "registry.schema.json"
SCHEMA = Draft202012Validator(registry_schema())

SECRET = "{{ get_secret('a') }}"
OF_THE_VALUE = {"wrong_type", "choice", "too_long"}


def registry_of(definition):
    return {"composite_connectors" if "steps" in definition else "connectors": [definition]}


def each_alone(registry):
    """Yield a registry for each definition of ``registry``, whatever became of its lists."""
    for name, definitions in registry.items():
        for definition in definitions if isinstance(definitions, list) else ():
            yield {name: [definition]}


def signed_in(type_, **config):
    return connector(authentication={"type": type_, "config": config})


def test_what_is_published_is_what_is_made(capsys):
    main()
    assert capsys.readouterr().out == PUBLISHED.read_text(encoding="utf-8")


def test_it_is_a_schema_of_its_dialect():
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert schema["$schema"] == DIALECT
    Draft202012Validator.check_schema(schema)


def test_every_field_is_described_for_editors():
    schema = registry_schema()
    without = [
        f"{name}.{field}"
        for name, part in schema["$defs"].items()
        for field, value in part.get("properties", {}).items()
        if not value.get("description")
    ]
    assert without == []


@pytest.mark.parametrize(
    "registry",
    [
        {},
        {"connectors": []},
        {"connectors": None, "composite_connectors": None},
        {"$schema": "https://example.com/registry.schema.json", "connectors": []},
        {"connectors": [], "something": 1},
    ],
)
def test_roots_that_both_accept(registry):
    assert SCHEMA.is_valid(registry)
    assert not validate_connectors(registry).has_errors


@pytest.mark.parametrize("registry", [[], None, "text", 7, {"connectors": {}}, {"composite_connectors": "a"}])
def test_roots_that_both_refuse(registry):
    assert not SCHEMA.is_valid(registry)
    assert validate_connectors(registry).has_errors


@pytest.mark.parametrize(
    "definition",
    [
        connector(),
        connector(permalink=None, method=None, headers=None, cache=None, tags=None, tls=None, timeout_ms=None),
        connector(unknown={"a": 1}),
        connector(name="a" * 255, permalink="a" * 255, tags=["a"], description="b"),
        connector(headers=[{"key": "A", "value": 5}, {"key": "B", "value": True, "overridable": None}]),
        connector(url="https://a.example/{{ pathParams.id }}", path_parameters=[{"key": "id", "value": 7}]),
        connector(url="https://a.example/{{ pathParams.id }}", path_parameters=[{"key": "id", "value": None}]),
        connector(timeout_ms=15_000, max_concurrency=1, rate_limit={"per_minute": 1, "per": "user"}),
        connector(timeout_ms=100.0),
        connector(retry={"attempts": 3, "methods": ["GET"]}),
        connector(cache={"mode": "force", "ttl": 1}),
        connector(cache={"mode": "http", "ttl": None}),
        connector(access={"require": "user", "claims": {"a": [1]}}),
        connector(access={"claims": {}}),
        connector(access={"claims": None}),
        connector(response_headers=["X-A"]),
        connector(authentication={}),
        connector(authentication={"type": None}),
        connector(authentication={"type": "none", "config": None}),
        signed_in("apikey", key="a", value=SECRET, **{"in": "query"}),
        signed_in("basic", username="a", password=""),
        signed_in("bearer", token=SECRET, unknown=1),
        signed_in("jwt", private_key=SECRET, claims={}, algorithm="{{ get_variable('a') }}"),
        signed_in("oauth_client_credentials", client_id=1, client_secret=SECRET, token_url="https://a.example"),
        signed_in(
            "oauth_jwt_bearer",
            client_id="a",
            private_key=SECRET,
            token_url="https://a.example",
            subject="a",
            audience="a",
            token_ttl="60",
        ),
        composite(),
        composite(step(), step("two", when="{{ steps.one.body }}", parallel=None, on_error="continue")),
        composite({"name": "one", "connector": "a", "url": None}),
        composite(step(path_parameters=None)),
        composite(step(path_parameters=[{"key": "a"}])),
    ],
    ids=lambda definition: str({**definition, "name": ""})[11:70],
)
def test_both_accept(definition):
    assert not validate_connectors(registry_of(definition)).has_errors
    assert [error.message for error in SCHEMA.iter_errors(registry_of(definition))] == []


@pytest.mark.parametrize(
    "definition",
    [
        connector(name=ABSENT),
        connector(name=None),
        connector(name=""),
        connector(name="a" * 256),
        connector(name=7),
        connector(url=ABSENT),
        connector(url=""),
        connector(url="https://a.example/" + "x" * 2048),
        connector(permalink="A"),
        connector(permalink="a" * 256),
        connector(method="get"),
        connector(method=7),
        connector(headers={}),
        connector(headers=["a"]),
        connector(headers=[{"key": "A"}]),
        connector(headers=[{"value": "a"}]),
        connector(headers=[{"key": "a b", "value": "a"}]),
        connector(headers=[{"key": "a" * 256, "value": "a"}]),
        connector(headers=[{"key": "A", "value": "a" * 1001}]),
        connector(headers=[{"key": "A", "value": 1.5}]),
        connector(headers=[{"key": "A", "value": "a", "overridable": "true"}]),
        connector(query_parameters=[{"key": "", "value": "a"}]),
        connector(query_parameters=[{"key": "a", "value": []}]),
        connector(url="https://a.example/{{ pathParams.id }}", path_parameters=[{"key": "id", "value": "a/b"}]),
        connector(url="https://a.example/{{ pathParams.id }}", path_parameters=[{"key": "id", "value": ".."}]),
        connector(url="https://a.example/{{ pathParams.id }}", path_parameters=[{"key": "id", "value": "a" * 201}]),
        connector(request_body={}),
        connector(response_content_type="a" * 256),
        connector(tags="a"),
        connector(timeout_ms=0),
        connector(timeout_ms="1"),
        connector(timeout_ms=1.5),
        connector(retry={}),
        connector(retry={"attempts": 0}),
        connector(retry={"attempts": 4}),
        connector(retry={"attempts": 1, "methods": ["get"]}),
        connector(rate_limit={"per_minute": 1, "per": "tenant"}),
        connector(cache={"mode": "force"}),
        connector(cache={"mode": "force", "ttl": None}),
        connector(cache={"ttl": 0}),
        connector(access={"require": "admin"}),
        connector(access={"claims": {"a": 1}}),
        connector(access={"claims": []}),
        connector(tls={"client_key": SECRET}),
        connector(tls=[]),
        connector(response_headers=["a b"]),
        connector(authentication=[]),
        connector(authentication={"type": "oauth"}),
        connector(authentication={"type": "bearer"}),
        connector(authentication={"config": {"token": SECRET}}),
        signed_in("bearer"),
        signed_in("bearer", token=""),
        signed_in("bearer", token=1.5),
        signed_in("api_key", key="a", value=SECRET),
        signed_in("api_key", key="a", value=SECRET, **{"in": "body"}),
        signed_in("jwt", private_key=SECRET, claims=[]),
        signed_in("jwt", private_key=SECRET, claims={}, algorithm="none"),
        signed_in("oauth_client_credentials", client_id="a", client_secret=SECRET, token_url=""),
        signed_in(
            "oauth_jwt_bearer",
            client_id="a",
            private_key=SECRET,
            token_url="https://a.example",
            subject="a",
            audience="a",
            token_ttl=0,
        ),
        {"name": "C", "steps": None},
        {"name": "C", "steps": {}},
        composite("a"),
        composite(step("A")),
        composite(step(url=ABSENT)),
        composite(step(on_error="retry")),
        composite(step(connector="a")),
        composite({"name": "one", "connector": "a", "method": "GET"}),
        composite({"name": "one", "connector": "A"}),
        composite({"name": "one", "connector": "a", "path_parameters": [{"key": "a"}]}),
        composite({"name": "one", "connector": 7}),
    ],
    ids=lambda definition: str(definition)[:80],
)
def test_both_refuse(definition):
    assert validate_connectors(registry_of(definition)).has_errors
    assert not SCHEMA.is_valid(registry_of(definition))


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(registries())
def test_what_the_validator_accepts_the_schema_accepts_and_both_refuse_a_wrong_value(registry):
    for part in (registry, *each_alone(registry)):
        report = validate_connectors(part, allow_insecure=True)
        if not report.has_errors:
            assert [error.message for error in SCHEMA.iter_errors(part)] == []
        if any(problem.is_error and problem.code in OF_THE_VALUE for problem in report.problems):
            assert not SCHEMA.is_valid(part)
