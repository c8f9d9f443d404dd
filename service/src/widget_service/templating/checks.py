"""What is wrong with a template where it stands: found when it is saved, so that it cannot fail when it is rendered."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from jinja2 import nodes

from widget_service.templating.environment import text_environment
from widget_service.templating.errors import TemplateProblem, TemplateSyntaxError
from widget_service.templating.fields import USER_ATTRIBUTES, Field, names_of
from widget_service.templating.functions import GLOBALS
from widget_service.templating.parsing import parsed
from widget_service.templating.positions import normalised, place_of
from widget_service.templating.reads import defined_names
from widget_service.templating.template import check_compilation
from widget_service.templating.walking import walk

_PLACES = {
    Field.URL: "url",
    Field.HEADERS: "headers",
    Field.QUERY: "query_parameters",
    Field.AUTH: "authentication",
    Field.REQUEST_BODY: "request_body",
    Field.RESPONSE_BODY: "response_body",
}
_OWN_FILTERS = ("from_json", "json_encode", "base64_encode", "base64_decode")
_KNOWN = {
    "filter": f"{', '.join(_OWN_FILTERS)}, or one of Jinja's own: its documentation has a 'List of Builtin Filters'",
    "test": "one of Jinja's own: its documentation has a 'List of Builtin Tests'",
}


def check(source: str, field: Field, *, composite: bool = False) -> Sequence[TemplateProblem]:
    """Return every problem of the template ``source`` in ``field``, in the order of its text.

    ``composite`` says that it belongs to a step of a composite, which has other names.
    """
    return _check(source, field, composite)


@lru_cache(maxsize=4096)
def _check(source: str, field: Field, composite: bool) -> tuple[TemplateProblem, ...]:
    try:
        template = parsed(source)
    except TemplateSyntaxError as error:
        return (TemplateProblem(max(error.line, 1), max(error.column, 1), error.message, error.expected),)
    checker = _Checker(normalised(source), field, composite=composite, defined=defined_names(template))
    found = [problem for node in walk(template) for problem in checker.problems(node)]
    if not any(problem.severity == "error" for problem in found):
        found += _compile_problems(source)
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: (problem.line, problem.column)))


def _compile_problems(source: str) -> Iterator[TemplateProblem]:
    """What only the compiler finds: loops nested too deeply, a macro's parameters that contradict each other …"""
    try:
        check_compilation(source)
    except TemplateSyntaxError as error:
        yield TemplateProblem(max(error.line, 1), max(error.column, 1), error.message, error.expected)


class _Checker:
    """Looks at one node after the other."""

    def __init__(self, source: str, field: Field, *, composite: bool, defined: set[str]) -> None:
        self._source = source
        self._field = field
        self._table = names_of(composite=composite)
        self._defined = defined
        environment = text_environment()
        self._filters = [name for name in environment.filters if not name.startswith("<")]
        self._tests = list(environment.tests)

    def problems(self, node: nodes.Node) -> Iterator[TemplateProblem]:
        """Yield what is wrong with ``node`` itself."""
        match node:
            case nodes.Filter() if node.name not in self._filters:
                yield self._unknown(node, "filter", node.name, self._filters)
            case nodes.Test() if node.name not in self._tests:
                yield self._unknown(node, "test", node.name, self._tests)
            case nodes.Name(ctx="load") if node.name not in self._defined:
                yield from self._check_name(node)
            case nodes.Getattr(node=nodes.Name(name="user")) if node.attr not in USER_ATTRIBUTES:
                near = _nearest(node.attr, USER_ATTRIBUTES)
                expected = f"one of {', '.join(sorted(USER_ATTRIBUTES))}{near}"
                yield self._problem(node, f"user has no '{node.attr}'; it prints as nothing", expected, warning=True)

    def _check_name(self, node: nodes.Name) -> Iterator[TemplateProblem]:
        name = node.name
        fields = self._table.get(name)
        if fields is None:
            if name not in GLOBALS:
                known = [known for known, places in self._table.items() if self._field in places]
                expected = f"one of {', '.join(sorted(known))}{_nearest(name, [*known, *GLOBALS])}"
                yield self._problem(node, f"'{name}' is not known; it prints as nothing", expected, warning=True)
        elif self._field not in fields:
            yield self._problem(node, *self._misplaced(name, fields))

    def _misplaced(self, name: str, fields: frozenset[Field]) -> tuple[str, str]:
        if name == "get_secret" and self._field is Field.URL:
            message = "get_secret() cannot be used in the URL, where logs and proxies would see the secret"
            return message, "get_secret() in a header, a query parameter or authentication"
        places = ", ".join(place for field, place in _PLACES.items() if field in fields)
        return f"'{name}' is not available in {_PLACES[self._field]}", f"'{name}' in {places} only"

    def _unknown(self, node: nodes.Node, kind: str, name: str, known: Iterable[str]) -> TemplateProblem:
        expected = _nearest(name, known).removeprefix(". ") or _KNOWN[kind]
        return self._problem(node, f"there is no {kind} '{name}'", expected)

    def _problem(self, node: nodes.Node, message: str, expected: str, *, warning: bool = False) -> TemplateProblem:
        line, column = place_of(self._source, node.lineno)
        return TemplateProblem(line, column, message, expected, "warning" if warning else "error")


def _nearest(name: str, known: Iterable[str]) -> str:
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f". Did you mean '{matches[0]}'?" if matches else ""
