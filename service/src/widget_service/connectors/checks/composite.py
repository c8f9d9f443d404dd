"""The rules of composites: their steps, and what each may refer to."""

from collections.abc import Iterator

from widget_service.connectors.checks.connector import check_request
from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.checks.fields import validate_fields
from widget_service.connectors.checks.headers import check_content_type
from widget_service.connectors.checks.known_fields import check_unknown_fields
from widget_service.connectors.checks.step_references import check_all_steps_template, check_step_references
from widget_service.connectors.checks.templates import check_templates
from widget_service.connectors.definition import CompositeDefinition, StepDefinition
from widget_service.connectors.problems import Problem


def check_composite(entry: Entry) -> tuple[CompositeDefinition | None, list[Problem]]:
    """Return the composite that ``entry`` defines, with everything that is wrong with it (see `check_connector`)."""
    definition, problems = validate_fields(CompositeDefinition, entry)
    problems += check_unknown_fields(entry, CompositeDefinition)
    steps = list(entry.parts("steps"))
    if entry.raw.get("steps") == []:
        problems.append(_no_steps(entry))
    for step in steps:
        problems += _check_step(step)
    problems += _check_names(steps)
    problems += check_step_references(steps)
    problems += check_all_steps_template(entry, steps)
    problems += check_content_type(entry)
    return definition, problems


def _check_step(step: Entry) -> Iterator[Problem]:
    yield from _check_kind(step)
    yield from check_request(step)
    yield from check_templates(step, composite=True)


def _check_kind(step: Entry) -> Iterator[Problem]:
    """A step is a request of its own or runs a stored connector."""
    if not step.has("connector"):
        if not step.has("url"):
            expected = "url, or the permalink of a connector in 'connector'"
            yield step.problem("url", code="missing", message="is missing", expected=expected)
        if step.raw.get("path_parameters"):
            yield step.problem(
                "path_parameters",
                code="ignored_field",
                message="belong to a step with 'connector' and are ignored here",
                expected="templates in url, such as {{ request.query_parameters.id }}",
                severity="warning",
            )
        return
    for name in filter(step.has, StepDefinition.fixed_by_connector):
        expected = "one of the two: url for a request of its own, connector for a stored one" if name == "url" else ""
        yield step.problem(
            name,
            code="contradiction",
            message="is the stored connector's and cannot be set beside 'connector'",
            expected=expected
            or "no such field; the step gives path_parameters, query_parameters, headers, request_body",
        )


def _check_names(steps: list[Entry]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, step in enumerate(steps):
        name = step.text("name")
        if name is None:
            continue
        if name in seen:
            message = f"is '{name}', the name of step {seen[name]} too"
            yield step.problem("name", code="duplicate_step", message=message, expected="each step's name once")
        seen.setdefault(name, index)


def _no_steps(entry: Entry) -> Problem:
    return entry.problem(
        "steps",
        code="too_short",
        message="is empty: every call will fail with status 500",
        expected="at least one step",
        severity="warning",
    )
