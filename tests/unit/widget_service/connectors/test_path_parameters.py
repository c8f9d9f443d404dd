"""Path parameters: declared and used, once each, and a default that can stand in a path."""

import pytest

from unit.widget_service.connectors.definitions import accepted, codes, connector, problems_of
from widget_service.connectors.definition import PathParameter

URL = "https://api.example.com/{{ pathParams.id }}"


def with_one(**members):
    return connector(url=URL, path_parameters=[{"key": "id", **members}])


@pytest.mark.parametrize(
    ("members", "parameter"),
    [
        ({}, PathParameter(key="id", value=None, overridable=True)),
        ({"value": None, "overridable": None}, PathParameter(key="id", value=None, overridable=True)),
        ({"value": "a"}, PathParameter(key="id", value="a", overridable=True)),
        ({"value": "a" * 200}, PathParameter(key="id", value="a" * 200, overridable=True)),
        ({"value": "aZ09._~-"}, PathParameter(key="id", value="aZ09._~-", overridable=True)),
        ({"value": 42}, PathParameter(key="id", value="42", overridable=True)),
        ({"value": True}, PathParameter(key="id", value="true", overridable=True)),
        ({"value": "a.b", "overridable": False}, PathParameter(key="id", value="a.b", overridable=False)),
    ],
)
def test_accepted(members, parameter):
    assert accepted(with_one(**members)).path_parameters == (parameter,)


@pytest.mark.parametrize(
    ("members", "where", "code"),
    [
        *(
            ({"value": value}, ".value", "path_parameter_value")
            for value in ("", "a" * 201, ".", "..", "a..b", "a/b", "a b", "a%2Fb", "ä", "a\n", "a?b", "{{ user.id }}")
        ),
        ({"value": 1.5}, ".value", "wrong_type"),
        ({"value": ["a"]}, ".value", "wrong_type"),
        ({"overridable": "no"}, ".overridable", "wrong_type"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_refused(members, where, code):
    assert codes(with_one(**members)) == [(f"path_parameters[0]{where}", code)]


@pytest.mark.parametrize(
    ("url", "keys", "found"),
    [
        (URL, ["id"], []),
        ("https://api.example.com/{{ pathParams['id'] }}", ["id"], []),
        ("https://api.example.com/{{ pathParams['the-id'] }}", ["the-id"], []),
        ("https://api.example.com/{{ pathParams.id | upper }}", ["id"], []),
        ("https://api.example.com/{% if pathParams.id %}{{ pathParams.id }}{% endif %}", ["id"], []),
        ("https://api.example.com/v1?id={{ pathParams.id }}", ["id"], []),
        ("https://api.example.com/{{ pathParams.a }}/{{ pathParams.b }}", ["b", "a"], []),
        (URL, [], [("url", "undeclared_path_parameter")]),
        (
            "https://api.example.com/{{ pathParams.b }}/{{ pathParams.a }}",
            [],
            [("url", "undeclared_path_parameter"), ("url", "undeclared_path_parameter")],
        ),
        ("https://api.example.com/v1", ["id"], [("path_parameters[0].key", "unused_path_parameter")]),
        (URL, ["id", "id"], [("path_parameters[1].key", "duplicate_path_parameter")]),
        (
            URL,
            ["ID"],
            [("path_parameters[0].key", "unused_path_parameter"), ("url", "undeclared_path_parameter")],
        ),
        (
            "https://api.example.com/{{ pathParams['" + "k" * 255 + "'] }}",
            ["k" * 255],
            [],
        ),
        (
            "https://api.example.com/{{ pathParams['" + "k" * 256 + "'] }}",
            ["k" * 256],
            [("path_parameters[0].key", "too_long")],
        ),
        (URL, [""], [("path_parameters[0].key", "too_short"), ("url", "undeclared_path_parameter")]),
        ("https://api.example.com/{{ pathParams.id }", ["id"], [("url", "template")]),
    ],
)
def test_each_is_declared_once_and_used(url, keys, found):
    assert codes(connector(url=url, path_parameters=[{"key": key} for key in keys])) == found


@pytest.mark.parametrize(
    ("url", "keys", "message", "expected"),
    [
        (URL, [], "uses the path parameter 'id'", '{"key": "id"} in path_parameters'),
        ("https://api.example.com/{{ pathParams.userid }}", ["user_id"], "'userid'", "{{ pathParams.user_id }}"),
        ("https://api.example.com/v1", ["id"], "declares 'id'", "{{ pathParams.id }} in url, or no such entry"),
        ("https://api.example.com/{{ pathParams.x }}", ["id"], "declares 'id'", "the URL uses 'x'"),
    ],
)
def test_the_advice_names_the_other_side(url, keys, message, expected):
    problems = problems_of(connector(url=url, path_parameters=[{"key": key} for key in keys]))
    assert any(message in problem.message and expected in problem.expected for problem in problems)


@pytest.mark.parametrize("field", ["headers", "query_parameters"])
def test_they_are_there_in_the_url_only(field):
    definition = connector(**{field: [{"key": "X-Id", "value": "{{ pathParams.id }}"}]})
    assert codes(definition) == [(f"{field}[0].value", "template")]
