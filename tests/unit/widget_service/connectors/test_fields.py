"""The plain fields of a connector: their types, both sides of their limits, and what stands for an absent one."""

import pytest

from support.absent import ABSENT
from unit.widget_service.connectors.definitions import accepted, codes, connector, problems_of
from widget_service.connectors.fields import METHODS


def test_the_smallest_connector_has_every_default():
    definition = accepted({"name": "My API (v2)", "url": "https://api.example.com"})
    assert definition.model_dump() == {
        "name": "My API (v2)",
        "permalink": "my-api-v2",
        "description": "",
        "tags": (),
        "url": "https://api.example.com",
        "method": "GET",
        "headers": (),
        "query_parameters": (),
        "path_parameters": (),
        "authentication": None,
        "request_body": "",
        "response_body": "",
        "response_content_type": "",
        "timeout_ms": None,
        "retry": None,
        "max_concurrency": None,
        "rate_limit": None,
        "cache": None,
        "access": None,
        "tls": None,
        "response_headers": (),
    }


def test_null_is_the_same_as_absent():
    optional = [name for name in accepted(connector()).model_dump() if name not in ("name", "url")]
    assert accepted(connector(**dict.fromkeys(optional))) == accepted(connector())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a"),
        ("name", "日" * 255),
        ("permalink", "a"),
        ("permalink", "a" * 255),
        ("permalink", "a-1-b"),
        ("url", "https://a.example/" + "x" * 2030),
        *(("method", method) for method in METHODS),
        ("request_body", "x" * 5000),
        ("request_body", " \n"),
        ("response_body", "{{ response.body }}"),
        ("response_content_type", "x" * 255),
        ("response_content_type", "application/json; charset=utf-8"),
        ("description", ""),
        ("description", "x" * 5000),
        ("tags", []),
        ("tags", ["one", "two"]),
        ("headers", []),
        ("query_parameters", []),
        ("path_parameters", []),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_accepted(field, value):
    assert codes(connector(permalink="mine") | {field: value}) == []


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", ABSENT, "missing"),
        ("name", None, "missing"),
        ("name", "", "too_short"),
        ("name", "a" * 256, "too_long"),
        ("name", 7, "wrong_type"),
        ("name", ["a"], "wrong_type"),
        ("permalink", "", "pattern"),
        ("permalink", "a" * 256, "too_long"),
        ("permalink", "My API", "pattern"),
        ("permalink", "a--b", "pattern"),
        ("permalink", "-a", "pattern"),
        ("permalink", "a-", "pattern"),
        ("permalink", "a\n", "pattern"),
        ("permalink", 7, "wrong_type"),
        ("url", ABSENT, "missing"),
        ("url", None, "missing"),
        ("url", "", "too_short"),
        ("url", "https://a.example/" + "x" * 2031, "too_long"),
        ("url", ["https://a.example"], "wrong_type"),
        ("method", "get", "choice"),
        ("method", "TRACE", "choice"),
        ("method", "", "choice"),
        ("method", True, "choice"),
        ("request_body", {"a": 1}, "wrong_type"),
        ("response_body", 1, "wrong_type"),
        ("response_content_type", "x" * 256, "too_long"),
        ("response_content_type", ["application/json"], "wrong_type"),
        ("response_content_type", "text/html\r\nX-Injected: 1", "control_character"),
        ("description", 1, "wrong_type"),
        ("tags", "one", "wrong_type"),
        ("headers", {}, "wrong_type"),
        ("query_parameters", {"a": "b"}, "wrong_type"),
        ("path_parameters", "id", "wrong_type"),
        ("authentication", [], "wrong_type"),
        ("authentication", "none", "wrong_type"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_refused(field, value, code):
    definition = connector(permalink="mine") | {field: value}
    assert codes({name: value for name, value in definition.items() if value is not ABSENT}) == [(field, code)]


def test_a_tag_is_text():
    assert codes(connector(tags=["one", 2])) == [("tags[1]", "wrong_type")]


@pytest.mark.parametrize("name", ["日本", "---", "İ" * 200])
def test_a_name_that_makes_no_permalink_needs_one_beside_it(name):
    [problem] = problems_of(connector(name=name))
    assert (problem.path, problem.code) == ("$.connectors[0].permalink", "missing")
    assert "none can be made of the name" in problem.message
    assert codes(connector(name=name, permalink="mine")) == []


@pytest.mark.parametrize(
    ("definition", "path", "message", "expected"),
    [
        (connector(name=7), "name", "is a number", "text"),
        (connector(name="a" * 256), "name", "has 256 characters", "at most 255 characters"),
        (connector(name=""), "name", "is empty", "fill it in: a name for people"),
        (connector(url=ABSENT), "url", "is missing", "add it: an absolute https URL"),
        (connector(headers=[{"value": "a"}]), "headers[0].key", "is missing", "add it: the name of the header"),
        (connector(permalink="My API"), "permalink", "is 'My API'", "such as 'my-api'"),
        (connector(permalink="a" * 256), "permalink", "has 256 characters", "at most 255 characters"),
        (connector(permalink="???", name="Two"), "permalink", "is '???'", "such as 'two'"),
        (connector(permalink="???", name="???"), "permalink", "is '???'", "such as 'my-connector'"),
        (connector(method="get"), "method", "is 'get'", "Did you mean 'GET'?"),
        (connector(method="FETCH"), "method", "is 'FETCH'", "'HEAD' and 'OPTIONS'"),
        (connector(tags={}), "tags", "is an object", "a list"),
    ],
)
def test_a_problem_says_what_is_wrong_and_what_would_be_right(definition, path, message, expected):
    [problem] = problems_of(definition)
    assert problem.path == f"$.connectors[0].{path}"
    assert message in problem.message
    assert expected in problem.expected


def test_every_field_is_told_at_once_and_checked_in_spite_of_the_others():
    definition = {
        "name": 7,
        "permalink": "A",
        "url": "http://10.0.0.1/{{ pathParams.id }}",
        "method": "get",
        "headers": [{"key": "a b"}, {"key": "X", "value": "{{ response.body }}"}],
        "query_parameters": [{"value": "x" * 1001}],
        "authentication": {"type": "apikey", "config": {"in": "body"}},
        "response_body": "{{ a | nofilter }}",
        "timeout_ms": 0,
        "retry": {"attempts": 9},
        "tsl": {},
    }
    assert codes(definition) == [
        ("authentication.config.in", "choice"),
        ("authentication.config.key", "missing"),
        ("authentication.config.value", "missing"),
        ("headers[0].key", "pattern"),
        ("headers[0].value", "missing"),
        ("headers[1].value", "template"),
        ("method", "choice"),
        ("name", "wrong_type"),
        ("permalink", "pattern"),
        ("query_parameters[0].key", "missing"),
        ("query_parameters[0].value", "too_long"),
        ("response_body", "unknown_name?"),
        ("response_body", "template"),
        ("retry.attempts", "range"),
        ("timeout_ms", "range"),
        ("tsl", "unknown_field?"),
        ("url", "url_not_https"),
        ("url", "url_private"),
        ("url", "undeclared_path_parameter"),
    ]
