"""Configured headers and query parameters: their types and limits, and which of them would never be sent."""

import pytest

from support.absent import ABSENT
from unit.widget_service.connectors.definitions import accepted, codes, connector, problems_of
from widget_service.connectors.checks.headers import is_always_withheld
from widget_service.egress.request_lines import OF_THE_CONNECTION

BOTH = pytest.mark.parametrize("field", ["headers", "query_parameters"])


def with_one(field, **members):
    parameter = {"key": "X-Key", "value": "v", **members}
    return connector(**{field: [{name: value for name, value in parameter.items() if value is not ABSENT}]})


@BOTH
@pytest.mark.parametrize(
    "members",
    [
        {"key": "a"},
        {"key": "k" * 255},
        {"value": ""},
        {"value": "v" * 1000},
        {"value": "Bearer {{ get_secret('token') }}"},
        {"value": "Grüße"},
        {"overridable": True},
        {"overridable": False},
        {"overridable": None},
    ],
    ids=lambda members: repr(members)[:30],
)
def test_accepted(field, members):
    assert codes(with_one(field, **members)) == []


@BOTH
@pytest.mark.parametrize(
    ("members", "where", "code"),
    [
        ({"key": ABSENT}, ".key", "missing"),
        ({"key": None}, ".key", "missing"),
        ({"key": "k" * 256}, ".key", "too_long"),
        ({"key": 7}, ".key", "wrong_type"),
        ({"value": ABSENT}, ".value", "missing"),
        ({"value": None}, ".value", "missing"),
        ({"value": "v" * 1001}, ".value", "too_long"),
        ({"value": ["a"]}, ".value", "wrong_type"),
        ({"value": 1.5}, ".value", "wrong_type"),
        ({"overridable": "true"}, ".overridable", "wrong_type"),
        ({"overridable": 1}, ".overridable", "wrong_type"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_refused(field, members, where, code):
    assert codes(with_one(field, **members)) == [(f"{field}[0]{where}", code)]


@BOTH
def test_overridable_is_false_when_absent(field):
    [parameter] = getattr(accepted(with_one(field)), field)
    assert parameter.overridable is False


@BOTH
@pytest.mark.parametrize(("value", "text"), [(5, "5"), (-5, "-5"), (0, "0"), (True, "true"), (False, "false")])
def test_whole_numbers_and_booleans_are_taken_for_their_text(field, value, text):
    [parameter] = getattr(accepted(with_one(field, value=value)), field)
    assert parameter.value == text


@BOTH
def test_the_advice_for_a_fraction_is_the_text_itself(field):
    [problem] = problems_of(with_one(field, value=52.52))
    assert problem.expected == 'text, as it shall be sent: "52.52"'


@BOTH
def test_what_is_no_object_is_told_and_the_others_are_checked(field):
    definition = connector(**{field: ["X-Key: v", {"key": "X", "value": 1.5}]})
    assert codes(definition) == [(f"{field}[0]", "wrong_type"), (f"{field}[1].value", "wrong_type")]


@pytest.mark.parametrize("key", ["", "a b", "a:", " a", "ä", "a\n", "{{ user.id }}", "a(b)"])
def test_a_header_has_the_name_of_one(key):
    assert codes(with_one("headers", key=key)) == [("headers[0].key", "pattern")]


def test_any_text_but_none_is_a_query_parameter():
    keys = ["a b", "filter[roles][]", "ä", "$top", "a:b"]
    assert codes(connector(query_parameters=[{"key": key, "value": ""} for key in keys])) == []
    assert codes(with_one("query_parameters", key="")) == [("query_parameters[0].key", "too_short")]


def test_a_template_as_the_key_of_a_query_parameter_is_sent_as_it_stands():
    assert codes(with_one("query_parameters", key="{{ user.id }}")) == [("query_parameters[0].key", "template?")]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a\nb", ["control_character"]),
        ("a\rb", ["control_character"]),
        ("a\x7fb", ["control_character"]),
        ("a\tb", []),
        (" a \n", []),
        ("{{ user.id }}\n{{ user.email }}", []),
    ],
)
def test_a_literal_header_is_one_line(value, found):
    assert codes(with_one("headers", value=value)) == [("headers[0].value", code) for code in found]


@pytest.mark.parametrize("name", sorted(OF_THE_CONNECTION))
def test_headers_of_the_connection_are_ignored_with_a_warning(name):
    assert codes(with_one("headers", key=name.title())) == [("headers[0].key", "ignored_header?")]


def test_a_header_twice_is_a_warning_whatever_its_case():
    headers = [{"key": key, "value": "v"} for key in ("Accept", "X-One", "ACCEPT", "accept")]
    assert codes(connector(headers=headers)) == [
        ("headers[2].key", "duplicate_header?"),
        ("headers[3].key", "duplicate_header?"),
    ]


def test_a_query_parameter_twice_is_sent_twice():
    assert codes(connector(query_parameters=[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}])) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("X-Next-Page", None),
        ("etag", None),
        ("x" * 255, None),
        ("x" * 256, "too_long"),
        ("a b", "pattern"),
        ("", "pattern"),
        (7, "wrong_type"),
        ("Set-Cookie", "forbidden_header"),
        ("set-cookie2", "forbidden_header"),
        ("Access-Control-Allow-Origin", "forbidden_header"),
        ("Access-Control-Anything", "forbidden_header"),
        ("Content-Security-Policy", "forbidden_header"),
        ("Strict-Transport-Security", "forbidden_header"),
        ("Transfer-Encoding", "forbidden_header"),
        ("Cache-Control", "forbidden_header"),
        ("X-Connector-Upstream-Status", "forbidden_header"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_response_headers(name, code):
    definition = connector(response_headers=["X-First", name])
    assert codes(definition) == ([("response_headers[1]", code)] if code else [])


@pytest.mark.parametrize(
    ("name", "withheld"),
    [("Set-Cookie", True), ("ACCESS-CONTROL-X", True), ("Link", False), ("X-Total-Count", False), ("", False)],
)
def test_some_headers_are_always_withheld(name, withheld):
    assert is_always_withheld(name) is withheld
