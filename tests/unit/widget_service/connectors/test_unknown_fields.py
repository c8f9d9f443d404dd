"""Fields that nobody knows: ignored at any depth, with a warning that names the nearest known one."""

import pytest

from unit.widget_service.connectors.definitions import codes, composite, connector, problems_of, step
from widget_service.registry.validate import validate_connectors

BEARER = {"type": "bearer", "config": {"token": "{{ get_secret('a') }}"}}


@pytest.mark.parametrize(
    ("definition", "where"),
    [
        (connector(header=[]), "header"),
        (connector(is_active=True), "is_active"),
        (connector(connector="other"), "connector"),
        (connector(headers=[{"key": "A", "value": "b", "secret": True}]), "headers[0].secret"),
        (connector(query_parameters=[{"key": "A", "value": "b", "id": 1}]), "query_parameters[0].id"),
        (connector(authentication=BEARER | {"kind": "x"}), "authentication.kind"),
        (connector(authentication={"type": "none", "config": {"token": "x"}}), "authentication.config.token"),
        (connector(cache={"mode": "http", "ttl_s": 5}), "cache.ttl_s"),
        (connector(retry={"attempts": 2, "delay": 1}), "retry.delay"),
        (connector(tls={"verify": False}), "tls.verify"),
        (connector(**{"a b": {"deep": [1]}}), "['a b']"),
        (connector(**{"1²2": 1}), "['1²2']"),
        (connector(**{"9" * 5000: 1}), f"['{'9' * 5000}']"),
        (composite(step(), timeout=5), "timeout"),
        (composite(step(timeout_ms=5)), "steps[0].timeout_ms"),
        (composite(step(headers=[{"key": "A", "value": "b", "x": 1}])), "steps[0].headers[0].x"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_each_is_a_warning_at_its_place(definition, where):
    assert codes(definition) == [(where, "unknown_field?")]


def test_what_they_hold_does_not_count():
    definition = connector(unknown={"url": "http://10.0.0.1", "headers": [{"key": 7}]})
    report = validate_connectors({"connectors": [definition]})
    assert not report.has_errors
    assert report.connectors == validate_connectors({"connectors": [connector()]}).connectors


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"header": []}, "'headers'?"),
        ({"queryParameters": []}, "'query_parameters'?"),
        ({"requestBody": ""}, "'request_body'?"),
        ({"Method": "GET"}, "'method'?"),
        ({"urls": ""}, "one of access, authentication, cache, "),
        ({"zzz": ""}, "one of access, authentication, cache, "),
    ],
)
def test_the_nearest_known_field_that_is_not_there_is_proposed(fields, expected):
    [problem] = problems_of(connector(**fields))
    assert problem.message == "is not known and is ignored"
    assert problem.expected.startswith(expected)


def test_a_config_without_fields_says_so():
    [problem] = problems_of(connector(authentication={"config": {"note": "x"}, "type": "none"}))
    assert problem.expected == "no fields here"


@pytest.mark.parametrize(
    "fields", [{"headers": {"key": "A"}}, {"authentication": [{"kind": "x"}]}, {"cache": [{"ttl_s": 5}]}]
)
def test_a_wrong_type_is_one_problem_not_many(fields):
    assert codes(connector(**fields)) == [(next(iter(fields)), "wrong_type")]
