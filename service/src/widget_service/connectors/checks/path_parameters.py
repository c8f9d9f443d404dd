"""Path parameters: each one that the URL uses is declared, and each one declared is used."""

from collections import Counter
from collections.abc import Iterator

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.checks.templates import reads_of
from widget_service.connectors.problems import Problem, listed, nearest_name
from widget_service.execution.path_parameters import is_path_value


def check_path_parameters(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong between ``url`` and ``path_parameters``, and with the defaults."""
    parameters = list(entry.parts("path_parameters"))
    declared = Counter(parameter.text("key") for parameter in parameters)
    reads = reads_of(entry.text("url") or "")
    if reads is not None:
        yield from _undeclared(entry, reads.path_params - declared.keys(), declared)
        for parameter in parameters:
            yield from _unused(parameter, reads.path_params)
    for parameter in parameters:
        yield from _default(parameter)
    yield from _repeated(parameters)


def _undeclared(entry: Entry, names: frozenset[str], declared: Counter[str | None]) -> Iterator[Problem]:
    for name in sorted(names):
        near = nearest_name(name, filter(None, declared))
        advice = f", or {{{{ pathParams.{near} }}}}" if near else ""
        yield entry.problem(
            "url",
            code="undeclared_path_parameter",
            message=f"uses the path parameter '{name}', which path_parameters does not declare",
            expected=f'{{"key": "{name}"}} in path_parameters{advice}',
        )


def _unused(parameter: Entry, used: frozenset[str]) -> Iterator[Problem]:
    key = parameter.text("key")
    if key and key not in used:
        advice = f"; the URL uses {listed(sorted(used))}" if used else ""
        yield parameter.problem(
            "key",
            code="unused_path_parameter",
            message=f"declares '{key}', which the URL does not use",
            expected=f"{{{{ pathParams.{key} }}}} in url, or no such entry{advice}",
        )


def _default(parameter: Entry) -> Iterator[Problem]:
    value = parameter.text("value")
    if value is not None and not is_path_value(value):
        yield parameter.problem(
            "value",
            code="path_parameter_value",
            message="cannot stand in a path",
            expected="a literal, no template, of 1-200 characters of A-Z a-z 0-9 . _ ~ -, without '..'",
        )


def _repeated(parameters: list[Entry]) -> Iterator[Problem]:
    seen: set[str] = set()
    for parameter in parameters:
        key = parameter.text("key")
        if key in seen:
            yield parameter.problem(
                "key", code="duplicate_path_parameter", message=f"declares '{key}' again", expected="each key once"
            )
        seen.add(key or "")
