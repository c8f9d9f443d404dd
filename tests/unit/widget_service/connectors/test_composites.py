"""Composites: their own fields, each step's, and to which steps a step may refer."""

import pytest

from unit.widget_service.connectors.definitions import (
    ABSENT,
    accepted_composite,
    codes,
    composite,
    problems_of,
    step,
)
from widget_service.registry.validate import validate_connectors

STORED = {"name": "one", "connector": "stored"}


def with_step(**fields):
    return composite(step(**fields))


def stored(**fields):
    return composite({**STORED, **fields})


def test_the_smallest_composite_has_every_default():
    definition = accepted_composite(composite({"name": "one", "url": "https://api.example.com"}))
    assert definition.permalink == "composite"
    assert definition.model_dump(exclude={"steps", "name", "permalink"}) == {
        "description": "",
        "tags": (),
        "response_body": "",
        "response_content_type": "",
    }
    assert definition.steps[0].model_dump() == {
        "name": "one",
        "url": "https://api.example.com",
        "connector": None,
        "method": "GET",
        "headers": (),
        "query_parameters": (),
        "path_parameters": (),
        "authentication": None,
        "request_body": "",
        "response_body": "",
        "response_content_type": "",
        "parallel": False,
        "when": "",
        "on_error": "stop",
    }


@pytest.mark.parametrize(
    ("definition", "found"),
    [
        (composite(step(), name=ABSENT), [("name", "missing")]),
        (composite(step(), name="a" * 256), [("name", "too_long")]),
        (composite(step(), permalink="A"), [("permalink", "pattern")]),
        (composite(step(), permalink="a" * 255), []),
        (composite(step(), tags=["a"], description="b"), []),
        (composite(step(), response_body="{{ steps.one.body }}", response_content_type="text/plain"), []),
        (composite(step(), response_body=[]), [("response_body", "wrong_type")]),
        (composite(step(), response_content_type="x" * 255), []),
        (composite(step(), response_content_type="x" * 256), [("response_content_type", "too_long")]),
        (composite(step(), response_content_type="a\nb"), [("response_content_type", "control_character")]),
        (composite(), [("steps", "too_short?")]),
        ({"name": "C", "steps": None}, [("steps", "missing")]),
        ({"name": "C", "steps": {"one": {}}}, [("steps", "wrong_type")]),
        (composite("one"), [("steps[0]", "wrong_type")]),
        (composite(step(), None), [("steps[1]", "wrong_type")]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_the_fields_of_a_composite(definition, found):
    assert codes(definition) == found


def test_without_steps_is_told_too():
    report = validate_connectors({"composite_connectors": [{"name": "C"}]})
    assert [(problem.path, problem.code) for problem in report.problems] == [
        ("$.composite_connectors[0].steps", "missing")
    ]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"name": "a-1-b"}, []),
        ({"name": "a" * 255}, []),
        ({"name": "a" * 256}, [("name", "too_long")]),
        ({"name": "A"}, [("name", "pattern")]),
        ({"name": "a_b"}, [("name", "pattern")]),
        ({"name": ""}, [("name", "pattern")]),
        ({"name": None}, [("name", "missing")]),
        ({"name": 1}, [("name", "wrong_type")]),
        ({"url": None}, [("url", "missing")]),
        ({"url": ""}, [("url", "too_short")]),
        ({"url": "http://api.example.com"}, [("url", "url_not_https")]),
        ({"method": "DELETE"}, []),
        ({"method": "delete"}, [("method", "choice")]),
        ({"headers": [{"key": "A", "value": "b"}], "query_parameters": [{"key": "A", "value": "b"}]}, []),
        ({"headers": [{"key": "a b", "value": "b"}]}, [("headers[0].key", "pattern")]),
        ({"authentication": {"type": "bearer"}}, [("authentication.config.token", "missing")]),
        ({"response_content_type": "x" * 256}, [("response_content_type", "too_long")]),
        ({"response_content_type": "a\nb"}, [("response_content_type", "control_character")]),
        ({"parallel": True, "when": "{{ user.id }}", "on_error": "continue"}, []),
        ({"on_error": "stop"}, []),
        ({"parallel": "yes"}, [("parallel", "wrong_type")]),
        ({"when": True}, [("when", "wrong_type")]),
        ({"on_error": "retry"}, [("on_error", "choice")]),
        ({"path_parameters": []}, []),
        ({"path_parameters": [{"key": "id", "value": "1"}]}, [("path_parameters", "ignored_field?")]),
        ({"path_parameters": [{"key": "id"}]}, [("path_parameters", "ignored_field?")]),
        ({"path_parameters": [{"key": "id", "value": "{{ broken"}]}, [("path_parameters", "ignored_field?")]),
        ({"path_parameters": "id"}, [("path_parameters", "ignored_field?")]),
        ({"cache": {}}, [("cache", "unknown_field?")]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_the_fields_of_a_step(fields, found):
    assert codes(with_step(**fields)) == [(f"steps[0].{where}", code) for where, code in found]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, []),
        ({"path_parameters": [{"key": "id", "value": "{{ user.id }}"}]}, []),
        ({"path_parameters": [{"key": "id"}]}, [("path_parameters[0].value", "missing")]),
        ({"query_parameters": [{"key": "a", "value": "b"}], "headers": [{"key": "A", "value": "b"}]}, []),
        ({"request_body": "{}", "when": "1", "on_error": "continue", "parallel": True}, []),
        ({"url": "https://api.example.com"}, [("url", "contradiction")]),
        ({"method": "GET"}, [("method", "contradiction")]),
        ({"authentication": {"type": "none"}}, [("authentication", "contradiction")]),
        ({"response_body": "x"}, [("response_body", "contradiction")]),
        ({"response_content_type": "x"}, [("response_content_type", "contradiction")]),
        ({"url": None, "method": None, "authentication": None}, []),
        ({"connector": "Not A Permalink"}, [("connector", "pattern")]),
        ({"connector": 5}, [("connector", "wrong_type")]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_step_that_runs_a_stored_connector(fields, found):
    assert codes(stored(**fields), connectors=["stored"]) == [(f"steps[0].{where}", code) for where, code in found]


@pytest.mark.parametrize(
    ("fields", "message", "expected"),
    [
        ({"url": "https://api.example.com"}, "cannot be set beside 'connector'", "one of the two: url"),
        ({"method": "GET"}, "is the stored connector's", "the step gives path_parameters"),
    ],
)
def test_the_contradiction_says_what_a_step_may_give(fields, message, expected):
    [problem] = problems_of(stored(**fields), connectors=["stored"])
    assert message in problem.message
    assert expected in problem.expected


def test_the_names_of_steps_are_unique():
    definition = composite(step("a"), step("b"), step("a"), step("a"))
    assert codes(definition) == [("steps[2].name", "duplicate_step"), ("steps[3].name", "duplicate_step")]
    assert problems_of(definition)[0].message == "is 'a', the name of step 0 too"
