"""Checking a whole registry: every problem of every definition at once, and names across definitions."""

import json
from ipaddress import ip_network

import pytest

from unit.widget_service.connectors.definitions import composite, connector, step
from widget_service.registry.load import parse_registry
from widget_service.registry.validate import Report, validate_connectors


def told(registry, **rules):
    """Return path and code of what is wrong; a warning's code ends with ``?``."""
    problems = validate_connectors(registry, **rules).problems
    return [(problem.path, f"{problem.code}{'' if problem.is_error else '?'}") for problem in problems]


@pytest.mark.parametrize(
    ("registry", "found"),
    [
        ({}, []),
        ({"connectors": []}, []),
        ({"composite_connectors": []}, []),
        ({"connectors": None, "composite_connectors": None}, []),
        ({"$schema": "registry.schema.json"}, []),
        ({"$schema": "registry.schema.json", "connectors": []}, []),
        ([], [("$", "wrong_type")]),
        (None, [("$", "wrong_type")]),
        ("connectors", [("$", "wrong_type")]),
        (7, [("$", "wrong_type")]),
        ({"connectors": {}}, [("$.connectors", "wrong_type")]),
        ({"connectors": "a"}, [("$.connectors", "wrong_type")]),
        (
            {"connectors": "a", "composite_connectors": 1},
            [("$.composite_connectors", "wrong_type"), ("$.connectors", "wrong_type")],
        ),
        ({"connectors": [None, 7]}, [("$.connectors[0]", "wrong_type"), ("$.connectors[1]", "wrong_type")]),
        ({"conectors": []}, [("$", "missing"), ("$.conectors", "unknown_field?")]),
        ({"widgets": []}, [("$", "missing"), ("$.widgets", "unknown_field?")]),
        ({"connectors": [], "version": 1}, [("$.version", "unknown_field?")]),
    ],
)
def test_roots(registry, found):
    assert told(registry) == found


@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        ({"conectors": []}, "'connectors': [...]"),
        ({"composite_conectors": []}, "'composite_connectors': [...]"),
        ({"zzz": []}, "'connectors': [...]"),
    ],
)
def test_a_slip_of_the_pen_is_no_empty_registry(registry, expected):
    problem = validate_connectors(registry).problems[0]
    assert problem.is_error
    assert problem.expected == expected


def test_every_problem_of_every_definition_is_told_at_once():
    registry = {
        "connectors": [
            connector(name="", method="get"),
            connector(permalink="good"),
            {"name": "Three"},
            "nothing",
            connector(permalink="good", response_body="{{ broken"),
        ],
        "composite_connectors": [
            composite(step("A"), step(url="http://a.example")),
            composite({"name": "one", "connector": "missing"}, permalink="good"),
        ],
        "extra": 1,
    }
    assert told(registry, connectors=[]) == [
        ("$.composite_connectors[0].steps[0].name", "pattern"),
        ("$.composite_connectors[0].steps[1].url", "url_not_https"),
        ("$.composite_connectors[1].permalink", "duplicate_permalink"),
        ("$.composite_connectors[1].steps[0].connector", "unknown_connector"),
        ("$.connectors[0].method", "choice"),
        ("$.connectors[0].name", "too_short"),
        ("$.connectors[2].url", "missing"),
        ("$.connectors[3]", "wrong_type"),
        ("$.connectors[4].permalink", "duplicate_permalink"),
        ("$.connectors[4].response_body", "template"),
        ("$.extra", "unknown_field?"),
    ]
    report = validate_connectors(registry)
    assert report.has_errors
    assert [one.permalink for one in report.connectors] == ["good"]
    assert report.composites == []


def test_each_problem_names_its_definition():
    registry = {
        "connectors": [connector(permalink="mine", method="get"), connector(name="Your API", method="get")],
        "composite_connectors": [composite(step("A"), name="Both of Them")],
    }
    assert [problem.subject for problem in validate_connectors(registry).problems] == [
        "both-of-them",
        "mine",
        "your-api",
    ]


def test_the_order_of_a_file_is_that_of_its_lines():
    text = """{
  "composite_connectors": [{"steps": [], "name": 7}],
  "connectors": [
    {"url": "http://a.example", "name": ""},
    {"name": "Two",
     "url": "https://a.example",
     "headers": [{"key": "a b", "value": "{{ response }}"}]}
  ]
}"""
    document, _ = parse_registry(text.encode())
    problems = validate_connectors(document).problems
    assert [(problem.line, problem.column, problem.path) for problem in problems] == [
        (2, 38, "$.composite_connectors[0].steps"),
        (2, 50, "$.composite_connectors[0].name"),
        (4, 13, "$.connectors[0].url"),
        (4, 41, "$.connectors[0].name"),
        (7, 26, "$.connectors[1].headers[0].key"),
        (7, 46, "$.connectors[1].headers[0].value"),
    ]
    assert problems[2].excerpt == '    {"url": "http://a.example", "name": ""},\n            ^'


def test_the_order_of_definitions_is_by_number():
    registry = {"connectors": [connector(permalink=f"c{index}", method="get") for index in range(12)]}
    paths = [path for path, _ in told(registry)]
    assert paths == [f"$.connectors[{index}].method" for index in range(12)]


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [
        ({"permalink": "a"}, {"permalink": "a"}, "permalink"),
        ({"permalink": "my-api"}, {"name": "My API"}, "name"),
        ({"name": "My API"}, {"permalink": "my-api"}, "permalink"),
        ({"name": "My API"}, {"name": "my (api)"}, "name"),
        ({"name": "My API"}, {"name": "My API", "permalink": None}, "name"),
    ],
)
def test_a_permalink_twice_is_refused(first, second, where):
    registry = {"connectors": [connector(**first), connector(permalink="other"), connector(**second)]}
    [problem] = validate_connectors(registry).problems
    assert (problem.path, problem.code) == (f"$.connectors[2].{where}", "duplicate_permalink")
    assert "$.connectors[0] has already" in problem.message
    assert problem.expected


def test_a_connector_and_a_composite_share_no_permalink():
    registry = {"connectors": [connector(permalink="a")], "composite_connectors": [composite(step(), permalink="a")]}
    assert told(registry) == [("$.composite_connectors[0].permalink", "duplicate_permalink")]


def test_a_permalink_three_times_is_told_twice():
    registry = {"connectors": [connector(permalink="a")] * 3}
    assert told(registry) == [(f"$.connectors[{index}].permalink", "duplicate_permalink") for index in (1, 2)]


@pytest.mark.parametrize(
    ("manual", "found"),
    [
        (None, []),
        ([], []),
        (["other"], []),
        (["mine"], [("$.connectors[0].permalink", "duplicate_permalink")]),
        (["my-api"], [("$.connectors[1].name", "duplicate_permalink")]),
        (["both"], [("$.composite_connectors[0].name", "duplicate_permalink")]),
    ],
)
def test_a_permalink_of_a_connector_made_by_hand_is_refused(manual, found):
    registry = {
        "connectors": [connector(permalink="mine"), connector(name="My API")],
        "composite_connectors": [composite(step(), name="Both")],
    }
    assert told(registry, connectors=manual) == found
    for problem in validate_connectors(registry, connectors=manual).problems:
        assert "made by hand" in problem.message
        assert "delete or rename that one first" in problem.expected


@pytest.mark.parametrize(
    ("value", "path", "code"),
    [
        ("a\x00b", "$.connectors[0].unknown", "invalid_text"),
        ("\ud83d", "$.connectors[0].unknown", "invalid_text"),
        ({"a\x00b": 1}, "$.connectors[0].unknown", "invalid_text"),
    ],
)
def test_text_that_no_database_can_hold(value, path, code):
    assert told({"connectors": [connector(unknown=value)]})[:1] == [(path, code)]


@pytest.mark.parametrize("field", ["description", "request_body", "response_content_type"])
def test_half_of_a_character_is_one_problem(field):
    assert told({"connectors": [connector(**{field: "\ud83d"})]}) == [(f"$.connectors[0].{field}", "invalid_text")]


def test_whole_characters_beyond_the_first_plane_are_text():
    raw = b'{"connectors": [{"name": "a", "url": "https://a.example", "description": "\\ud83d\\ude00"}]}'
    document, _ = parse_registry(raw)
    assert validate_connectors(document).connectors[0].description == "😀"


@pytest.mark.parametrize(("depth", "found"), [(35, []), (36, ["too_deep"])])
def test_nesting_has_an_end(depth, found):
    value: object = "x"
    for _ in range(depth):
        value = [value]
    definition = connector(access={"require": "user", "claims": {"a": value}})
    assert [code for _, code in told({"connectors": [definition]})] == found


def test_settings_reach_every_definition():
    url = "http://10.0.0.1/v1"
    registry = {
        "connectors": [connector(url=url, timeout_ms=20_000)],
        "composite_connectors": [composite(step(url=url))],
    }
    networks = [ip_network("10.0.0.0/8")]
    assert told(registry, allow_insecure=True, allowed_private_networks=networks, max_timeout_ms=20_000) == []
    assert len(told(registry)) == 5


def test_secrets_and_variables_that_do_not_exist_refuse_nothing():
    definition = connector(headers=[{"key": "A", "value": "{{ get_secret('s') }}{{ get_variable('v') }}"}])
    report = validate_connectors({"connectors": [definition]}, secrets=[], variables=[])
    assert [problem.code for problem in report.problems] == ["unknown_secret", "unknown_variable"]
    assert not report.has_errors
    assert len(report.connectors) == 1


def test_a_definition_with_a_warning_is_sound_and_its_neighbour_with_an_error_is_not():
    registry = {
        "connectors": [
            connector(permalink=f"c{index}", **({"method": "get"} if index == 1 else {"x": 1})) for index in range(12)
        ]
    }
    report = validate_connectors(registry)
    assert [one.permalink for one in report.connectors] == [f"c{index}" for index in range(12) if index != 1]


def test_a_report_is_plain_json_values():
    registry = {
        "connectors": [connector(permalink="a"), connector(permalink="b", method="get")],
        "composite_connectors": [composite(step(), permalink="c")],
    }
    plain = json.loads(json.dumps(validate_connectors(registry).as_dict()))
    assert plain["valid"] is False
    assert plain["connectors"] == ["a"]
    assert plain["composite_connectors"] == ["c"]
    assert [(problem["path"], problem["code"]) for problem in plain["problems"]] == [
        ("$.connectors[1].method", "choice")
    ]
    assert Report().as_dict() == {"valid": True, "connectors": [], "composite_connectors": [], "problems": []}


def test_what_is_checked_is_not_changed():
    registry = {"connectors": [connector(authentication={"type": "apikey", "config": {"key": "a"}}, tags=["a"])]}
    before = json.dumps(registry)
    validate_connectors(registry)
    assert json.dumps(registry) == before
