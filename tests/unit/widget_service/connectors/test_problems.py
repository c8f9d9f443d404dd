"""Problems: their paths, their order, the words they use."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service.connectors.problems import (
    Finding,
    Problem,
    in_order,
    json_path,
    json_type,
    listed,
    nearest_name,
    shown,
    suggestion,
)


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ((), "$"),
        (("connectors", 2, "headers", 0, "key"), "$.connectors[2].headers[0].key"),
        (("a-b",), "$['a-b']"),
        (("it's",), "$['it\\'s']"),
        (("back\\slash",), "$['back\\\\slash']"),
        (("",), "$['']"),
        (("1a",), "$['1a']"),
        (("_a1",), "$._a1"),
        (("a\n\x1b[31m",), "$['a\\u000a\\u001b[31m']"),
        (("\ud83d",), "$['\\ud83d']"),
        (("\u202e",), "$['\\u202e']"),
        (("é 😀",), "$['é 😀']"),
    ],
)
def test_a_path_names_members_and_indexes(location, path):
    assert json_path(location) == path


@given(st.lists(st.text() | st.integers(0, 99), max_size=4), st.lists(st.text() | st.integers(0, 99), max_size=4))
def test_different_places_have_different_paths(one, other):
    assert (json_path(one) == json_path(other)) == (one == other)


def test_the_order_is_that_of_the_document():
    by_path = [Problem(path=path, message="x") for path in ("$.a[2]", "$.a[10]", "$.a[10].b", "$.c")]
    by_line = [Problem(path="$.z", message="x", line=line, column=column) for line, column in ((1, 9), (2, 1), (10, 1))]
    expected = (*by_path, *by_line)
    assert in_order(reversed(expected)) == expected


def test_problems_of_one_template_stand_in_its_order():
    places = [(1, 4), (1, 20), (2, 1), (10, 1)]
    problems = [Problem(path="$.a", message=str(-place[0]), within=place) for place in places]
    assert in_order(reversed(problems)) == tuple(problems)


@pytest.mark.parametrize("name", ["1²2", "٣", "9" * 5000, "0" * 5000 + "1", "①"])
def test_any_digits_may_stand_in_a_path(name):
    problems = [Problem(path=json_path(("a", 2, name)), message="x"), Problem(path=json_path(("a", 10)), message="x")]
    assert in_order(reversed(problems)) == tuple(problems)


def test_the_same_problem_is_told_once():
    problem = Problem(path="$.a", message="x")
    assert in_order([problem, Problem(path="$.a", message="x")]) == (problem,)


def test_a_problem_is_plain_json_values():
    problem = Problem(path="$.a", message="is wrong", expected="right", code="a_code", line=3, column=7, subject="a")
    assert json.loads(json.dumps(problem.as_dict())) == {
        "path": "$.a",
        "severity": "error",
        "code": "a_code",
        "message": "is wrong",
        "expected": "right",
        "subject": "a",
        "line": 3,
        "column": 7,
    }


def test_a_finding_becomes_a_problem_at_its_place():
    finding = Finding(code="a_code", message="is wrong", expected="right", severity="warning", within=(1, 2))
    problem = finding.at("$.a", subject="mine")
    assert problem == Problem(
        path="$.a",
        message="is wrong",
        expected="right",
        severity="warning",
        code="a_code",
        subject="mine",
        within=(1, 2),
    )
    assert not problem.is_error


def test_a_problem_can_be_printed_whatever_stands_in_the_registry():
    problem = Finding(code="a_code", message="is 'a\n\x1b[31m'", expected="'\ud83d'").at("$", subject="\u202e")
    assert (problem.message, problem.expected, problem.subject) == (
        "is 'a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}[31m'",
        "'\N{REPLACEMENT CHARACTER}'",
        "\N{REPLACEMENT CHARACTER}",
    )


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("header", "headers"),
        ("Headers", "headers"),
        ("querry_parameters", "query_parameters"),
        ("permalnk", "permalink"),
        ("zzz", None),
        ("", None),
    ],
)
def test_the_nearest_name_is_one_that_was_probably_meant(name, nearest):
    assert nearest_name(name, ["headers", "query_parameters", "permalink"]) == nearest


def test_a_suggestion_keeps_the_case_of_the_known_name():
    assert suggestion("get", ["GET", "POST"]) == " Did you mean 'GET'?"
    assert suggestion("zzz", ["GET", "POST"]) == ""


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "'a'"), (["a", "b"], "'a' and 'b'"), (["a", "b", "c"], "'a', 'b' and 'c'")]
)
def test_names_are_listed_as_in_a_sentence(names, text):
    assert listed(names) == text


@pytest.mark.parametrize(
    ("value", "type_", "text"),
    [
        (None, "null", "null"),
        (True, "a boolean", "true"),
        (False, "a boolean", "false"),
        (1, "a number", "the number 1"),
        (1.5, "a number", "the number 1.5"),
        ("a", "text", "'a'"),
        ("a\nb\x1b", "text", "'a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}'"),
        ("x" * 61, "text", f"'{'x' * 60}…'"),
        ("x" * 60, "text", f"'{'x' * 60}'"),
        ({}, "an object", "an object"),
        ([], "a list", "a list"),
    ],
)
def test_values_are_shown_on_one_line_and_short(value, type_, text):
    assert json_type(value) == type_
    assert shown(value) == text
