"""Whatever JSON a registry holds, checking it never raises: there are problems, well told, or sound definitions."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit.widget_service.connectors.strategies import JSON, registries
from widget_service.connectors.problems import Problem
from widget_service.registry.load import parse_registry
from widget_service.registry.validate import validate_connectors


def check_report(registry: object) -> None:
    """Whatever a registry holds, each problem is told well, and without errors all definitions are there."""
    report = validate_connectors(registry, secrets=["s"], variables=["v"], connectors=["one"])
    for problem in report.problems:
        assert problem.path.startswith("$")
        assert problem.message
        assert problem.expected
        assert problem.code
        assert "".join((problem.path, problem.message, problem.expected, problem.subject or "")).isprintable()
    if not report.has_errors:
        assert isinstance(registry, dict)
        assert len(report.connectors) == len(registry.get("connectors") or [])
        assert len(report.composites) == len(registry.get("composite_connectors") or [])
    assert report.problems == validate_connectors(registry, secrets=["s"], variables=["v"], connectors=["one"]).problems


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(JSON | st.fixed_dictionaries({}, optional={"connectors": JSON, "composite_connectors": st.lists(JSON)}))
def test_no_json_raises(value):
    check_report(value)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(registries())
def test_no_registry_with_a_slip_in_it_raises(registry):
    check_report(registry)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(registries(), st.sampled_from([None, 1, "\t"]))
def test_every_problem_of_a_file_has_its_line(registry, indent):
    document, faults = parse_registry(json.dumps(registry, indent=indent).encode())
    if document is None:
        assert faults
        return
    problems = validate_connectors(document).problems
    assert all(problem.line and problem.column and problem.excerpt for problem in problems)
    assert [(problem.line, problem.column) for problem in problems] == sorted(
        (problem.line or 0, problem.column or 0) for problem in problems
    )
    without_lines = validate_connectors(document.value).problems
    assert {_told(problem) for problem in problems} == {_told(problem) for problem in without_lines}


def _told(problem: Problem) -> tuple[str, str, str]:
    return problem.path, problem.message, problem.expected
