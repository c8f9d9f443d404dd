"""References between the steps of a composite: only to steps before, which have an answer by then."""

from collections.abc import Iterator, Sequence

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.checks.templates import PlacedTemplate, check_template, reads_of, templates_of
from widget_service.connectors.problems import Finding, Problem, listed, suggestion
from widget_service.templating import Field
from widget_service.templating.values import STEP_METHODS


def check_step_references(steps: Sequence[Entry]) -> Iterator[Problem]:
    """Yield each reference of a step to itself, to a later one and to one that there is not."""
    names = [step.text("name") for step in steps]
    for index, step in enumerate(steps):
        for template in templates_of(step, composite=True):
            reads = reads_of(template.source)
            for name in sorted(reads.steps if reads else ()):
                finding = _reference(name, names, index)
                if finding is not None:
                    yield step.found(finding, *template.where)


def check_all_steps_template(entry: Entry, steps: Sequence[Entry]) -> Iterator[Problem]:
    """Yield what is wrong with the composite's own ``response_body``, which sees all steps and no single answer."""
    source = entry.text("response_body")
    if source is None:
        return
    yield from check_template(entry, PlacedTemplate(("response_body",), source, Field.RESPONSE_BODY), composite=True)
    reads = reads_of(source)
    if reads is None:
        return
    names = [step.text("name") for step in steps]
    if "response" in reads.names:
        yield entry.problem(
            "response_body",
            code="template",
            message="reads response, which belongs to a single step",
            expected="the results of steps, such as {{ steps['fetch-user'].body }}",
        )
    for name in sorted(reads.steps.difference(filter(None, names), STEP_METHODS)):
        yield entry.found(_unknown(name, filter(None, names)), "response_body")


def _reference(name: str, names: Sequence[str | None], index: int) -> Finding | None:
    earlier = [known for known in names[:index] if known]
    if name in earlier or name in STEP_METHODS:
        return None
    if name not in names:
        return _unknown(name, earlier)
    place = "itself" if name == names[index] else f"'{name}', a later step"
    return Finding(
        code="step_reference",
        message=f"refers to {place}, which has no answer yet",
        expected=f"a step before this one: {listed(earlier)}" if earlier else "no reference: this step is the first",
    )


def _unknown(name: str, known: Iterator[str] | list[str]) -> Finding:
    names = list(known)
    return Finding(
        code="step_reference",
        message=f"refers to the step '{name}', which there is not",
        expected=(
            f"one of {listed(names)}.{suggestion(name, names)}" if names else "no reference: there is no such step"
        ),
    )
