"""Definitions for tests: the smallest that is right, with what a test changes, and what is found in it."""

from typing import Any

from support.absent import ABSENT
from widget_service.connectors.definition import CompositeDefinition, ConnectorDefinition
from widget_service.connectors.problems import Problem
from widget_service.registry.validate import validate_connectors


def connector(**fields: Any) -> dict[str, Any]:
    """Return a connector that is right but for ``fields``; `ABSENT` leaves one out."""
    return _without_absent({"name": "Example", "url": "https://api.example.com/v1", **fields})


def step(name: str = "one", **fields: Any) -> dict[str, Any]:
    """Return a step that is right but for ``fields``."""
    return _without_absent({"name": name, "url": "https://api.example.com/v1", **fields})


def composite(*steps: Any, **fields: Any) -> dict[str, Any]:
    """Return a composite of ``steps``."""
    return _without_absent({"name": "Composite", "steps": list(steps), **fields})


def problems_of(definition: dict[str, Any], **rules: Any) -> list[Problem]:
    """Return what is wrong with one connector, or with one composite, their paths without what leads to it."""
    name = "composite_connectors" if "steps" in definition else "connectors"
    report = validate_connectors({name: [definition]}, **rules)
    return report.problems


def codes(definition: dict[str, Any], **rules: Any) -> list[tuple[str, str | None]]:
    """Return path (behind the definition's own) and code of what is wrong; a warning's code ends with ``?``."""
    return [
        (problem.path.partition("]")[2].removeprefix("."), f"{problem.code}{'' if problem.is_error else '?'}")
        for problem in problems_of(definition, **rules)
    ]


def accepted(definition: dict[str, Any], **rules: Any) -> ConnectorDefinition:
    """Return the connector that a definition without any problem makes."""
    report = validate_connectors({"connectors": [definition]}, **rules)
    assert report.problems == []
    return report.connectors[0]


def accepted_composite(definition: dict[str, Any], **rules: Any) -> CompositeDefinition:
    """Return the composite that a definition without any problem makes."""
    report = validate_connectors({"composite_connectors": [definition]}, **rules)
    assert report.problems == []
    return report.composites[0]


def _without_absent(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not ABSENT}
