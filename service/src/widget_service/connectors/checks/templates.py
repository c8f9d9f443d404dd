"""Templates: that each compiles, reads only what is there in its field, and names secrets and variables that exist."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from widget_service.connectors.authentication_config import config_model
from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.checks.known_fields import fields_of
from widget_service.connectors.problems import Finding, Location, Problem, suggestion
from widget_service.templating import Field, Reads, TemplateProblem, TemplateSyntaxError, analyse, check

_TEXT_FIELDS = {
    "url": Field.URL,
    "request_body": Field.REQUEST_BODY,
    "response_body": Field.RESPONSE_BODY,
}
_STEP_TEXT_FIELDS = {**_TEXT_FIELDS, "when": Field.REQUEST_BODY}
_PARAMETER_FIELDS = {"headers": Field.HEADERS, "query_parameters": Field.QUERY}
_CONNECTOR_STEP_FIELDS = {**_PARAMETER_FIELDS, "path_parameters": Field.URL}
_EXAMPLE = "a template of Jinja2, such as {{ user.id }} or {% if user.id %}known{% endif %}"


@dataclass(frozen=True, slots=True)
class PlacedTemplate:
    """A template of a definition: where it stands, what it says and which names are there for it."""

    where: Location
    source: str
    field: Field


def templates_of(entry: Entry, *, composite: bool = False) -> Iterator[PlacedTemplate]:
    """Yield every template of a connector or a step, whatever else is wrong with the definition.

    What stands in fields that are ignored is none. Path parameters are templates in steps that run a stored connector
    only; they end in a URL, where no secret may stand.
    """
    for name, field in (_STEP_TEXT_FIELDS if composite else _TEXT_FIELDS).items():
        if (source := entry.text(name)) is not None:
            yield PlacedTemplate((name,), source, field)
    for name, field in (_CONNECTOR_STEP_FIELDS if entry.has("connector") and composite else _PARAMETER_FIELDS).items():
        for parameter in entry.parts(name):
            if (source := parameter.text("value")) is not None:
                yield PlacedTemplate((*parameter.location[-2:], "value"), source, field)
    if (authentication := entry.part("authentication")) is not None:
        yield from _config_texts(authentication)
    if not composite and (tls := entry.part("tls")) is not None:
        yield from _texts(("tls", "client_key"), tls.raw.get("client_key"))


def check_templates(entry: Entry, *, composite: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with the templates of a connector or a step."""
    for template in templates_of(entry, composite=composite):
        yield from check_template(entry, template, composite=composite)


def check_template(entry: Entry, template: PlacedTemplate, *, composite: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with one template."""
    for problem in check(template.source, template.field, composite=composite):
        yield entry.found(_finding(problem), *template.where)
    reads = reads_of(template.source)
    if reads is not None:
        yield from _check_names(entry, template.where, reads)


def reads_of(source: str) -> Reads | None:
    """Return what a template can read, or None where it does not compile."""
    try:
        return analyse(source)
    except TemplateSyntaxError:
        return None


def _config_texts(authentication: Entry) -> Iterator[PlacedTemplate]:
    config, model = authentication.part("config"), config_model(authentication.raw.get("type") or "none")
    for name, value in config.raw.items() if config is not None else ():
        if model is None or name in fields_of(model):
            yield from _texts(("authentication", "config", name), value)


def _texts(where: Location, value: Any) -> Iterator[PlacedTemplate]:
    """Yield every text in ``value``, at any depth."""
    if isinstance(value, str):
        yield PlacedTemplate(where, value, Field.AUTH)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts((*where, name), inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts((*where, index), inner)


def _finding(problem: TemplateProblem) -> Finding:
    return Finding(
        code="template" if problem.severity == "error" else "unknown_name",
        message=f"line {problem.line}, column {problem.column} of the template: {problem.message}",
        expected=problem.expected or _EXAMPLE,
        severity=problem.severity,
        within=(problem.line, problem.column),
    )


def _check_names(entry: Entry, where: Location, reads: Reads) -> Iterator[Problem]:
    secrets, variables = entry.rules.secrets, entry.rules.variables
    if secrets is not None:
        yield from _unknown(entry, where, "secret", reads.secrets, secrets, others=variables or ())
    if variables is not None:
        yield from _unknown(entry, where, "variable", reads.variables, variables, others=secrets or ())


def _unknown(
    entry: Entry, where: Location, kind: str, used: frozenset[str], known: Collection[str], *, others: Collection[str]
) -> Iterator[Problem]:
    for name in sorted(used.difference(known)):
        if name in others:
            other = "variable" if kind == "secret" else "secret"
            expected = f"get_{other}('{name}'): '{name}' is a {other}"
        else:
            near = suggestion(name, known)
            expected = (
                f"widget-service {kind}s set {name}{'' if kind == 'secret' else ' VALUE'}{'.' + near if near else ''}"
            )
        yield entry.problem(
            *where,
            code=f"unknown_{kind}",
            message=f"reads the {kind} '{name}', which does not exist",
            expected=expected,
            severity="warning",
        )
