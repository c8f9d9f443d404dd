"""From a checked composite to an immutable object that executes: its steps, and which of them each one reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from widget_service.connectors.compiling import (
    CompiledConnector,
    CompiledParameter,
    compile_body,
    compile_connector,
    compile_parameters,
    names_read,
)
from widget_service.connectors.definition import CompositeDefinition, ConnectorDefinition, StepDefinition
from widget_service.templating import Field, Reads, Template
from widget_service.templating.values import STEP_METHODS

_OF_REQUEST = (
    "method",
    "headers",
    "query_parameters",
    "authentication",
    "request_body",
    "response_body",
    "response_content_type",
)


@dataclass(frozen=True, slots=True)
class StepInput:
    """What a step gives to the stored connector that it runs; each is a template."""

    path_parameters: tuple[CompiledParameter, ...]
    query: tuple[CompiledParameter, ...]
    headers: tuple[CompiledParameter, ...]
    body: Template | None


@dataclass(frozen=True, slots=True)
class CompiledStep:
    """A step: a ``request`` of its own, or the stored ``connector`` (a permalink) with its ``input``.

    ``reads`` are the indices of the earlier steps whose results its templates read; ``all_reads`` is what each reads.
    """

    index: int
    name: str
    request: CompiledConnector | None
    connector: str | None
    input: StepInput | None
    when: Template | None
    goes_on: bool
    parallel: bool
    reads: frozenset[int]
    all_reads: tuple[Reads, ...]


@dataclass(frozen=True, slots=True)
class CompiledComposite:
    """A composite, ready to execute. ``response_body`` is over the results of all steps; None: the last one's counts.

    ``needs_user`` says that anonymous callers are refused, because a request would carry their missing identity.
    """

    permalink: str
    definition: CompositeDefinition
    steps: tuple[CompiledStep, ...]
    response_body: Template | None
    response_content_type: str
    needs_user: bool
    headers: tuple[CompiledParameter, ...]
    """Those that its steps' own requests declare."""
    secrets: frozenset[str]
    variables: frozenset[str]


def compile_composite(definition: CompositeDefinition) -> CompiledComposite:
    """Return the composite of a definition that was found to have no errors."""
    names = [step.name for step in definition.steps]
    steps = tuple(_step(definition, step, index, names[:index]) for index, step in enumerate(definition.steps))
    response_body = compile_body(definition.response_body, Field.RESPONSE_BODY, composite=True)
    every_read = [reads for step in steps for reads in step.all_reads]
    every_read += [response_body.reads] if response_body else []
    return CompiledComposite(
        permalink=definition.permalink,
        definition=definition,
        steps=steps,
        response_body=response_body,
        response_content_type=definition.response_content_type.strip(),
        needs_user=any(_needs_user(step) for step in steps),
        headers=tuple(header for step in steps if step.request for header in step.request.headers),
        secrets=names_read(every_read, "secrets"),
        variables=names_read(every_read, "variables"),
    )


def _step(composite: CompositeDefinition, step: StepDefinition, index: int, earlier: Sequence[str]) -> CompiledStep:
    when = compile_body(step.when, Field.REQUEST_BODY, composite=True)
    request = _request(composite, step) if step.connector is None else None
    given = _input(step) if step.connector is not None else None
    all_reads = [*(request.reads if request else ()), *([when.reads] if when else []), *_reads_of(given)]
    return CompiledStep(
        index=index,
        name=step.name,
        request=request,
        connector=step.connector,
        input=given,
        when=when,
        goes_on=step.on_error == "continue",
        parallel=step.parallel,
        reads=_steps_read(all_reads, {name: number for number, name in enumerate(earlier)}),
        all_reads=tuple(all_reads),
    )


def _request(composite: CompositeDefinition, step: StepDefinition) -> CompiledConnector:
    """A step's own request is what a connector is, under the composite's permalink."""
    fields = {name: getattr(step, name) for name in _OF_REQUEST}
    definition = ConnectorDefinition.model_construct(
        name=step.name, permalink=composite.permalink, url=step.url, **fields
    )
    return compile_connector(definition, composite=True)


def _input(step: StepDefinition) -> StepInput:
    return StepInput(
        path_parameters=compile_parameters(step.path_parameters, Field.URL, composite=True),
        query=compile_parameters(step.query_parameters, Field.QUERY, composite=True),
        headers=compile_parameters(step.headers, Field.HEADERS, composite=True),
        body=compile_body(step.request_body, Field.REQUEST_BODY, composite=True),
    )


def _reads_of(given: StepInput | None) -> list[Reads]:
    if given is None:
        return []
    parameters = (*given.path_parameters, *given.query, *given.headers)
    return [*(parameter.template.reads for parameter in parameters), *([given.body.reads] if given.body else [])]


def _steps_read(all_reads: Iterable[Reads], earlier: Mapping[str, int]) -> frozenset[int]:
    """Where a template computes the name of a step, or asks for all of them, it depends on all."""
    read: set[int] = set()
    for reads in all_reads:
        if "steps" in reads.indirect or not reads.steps.isdisjoint(STEP_METHODS):
            return frozenset(earlier.values())
        read.update(earlier[name] for name in reads.steps if name in earlier)
    return frozenset(read)


def _needs_user(step: CompiledStep) -> bool:
    if step.request is not None:
        return step.request.needs_user
    given = step.input
    assert given is not None
    return any(parameter.template.reads.user for parameter in (*given.path_parameters, *given.query, *given.headers))
