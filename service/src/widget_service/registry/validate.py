"""Checking a registry of connectors: every problem of every definition at once."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Any, TypeVar

from widget_service.connectors.checks import Entry, check_composite, check_connector, check_plain
from widget_service.connectors.definition import CompositeDefinition, ConnectorDefinition
from widget_service.connectors.problems import Problem, in_order, json_path, json_type, listed, nearest_name
from widget_service.connectors.rules import Rules
from widget_service.registry.load import Document
from widget_service.registry.permalinks import check_duplicates, check_step_connectors, permalink_of

Definition = TypeVar("Definition", ConnectorDefinition, CompositeDefinition)
OnProgress = Callable[[int, int], None]
"""Is told how many definitions were checked, and of how many."""
Check = Callable[[Entry], tuple[Definition | None, list[Problem]]]

LISTS = ("connectors", "composite_connectors")
_KNOWN = (*LISTS, "$schema")


@dataclass(frozen=True, slots=True)
class Report:
    """What a registry holds and what is wrong with it, in the order of the file.

    ``connectors`` and ``composites`` are the definitions without an error of their own. A registry is used as a
    whole or not at all: with `has_errors` they must not be executed.
    """

    problems: list[Problem] = field(default_factory=list)
    connectors: list[ConnectorDefinition] = field(default_factory=list)
    composites: list[CompositeDefinition] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        """Whether the registry is refused."""
        return any(problem.is_error for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        """``{"valid": bool, "connectors": [permalink], "composite_connectors": [permalink], "problems": [dict]}``."""
        return {
            "valid": not self.has_errors,
            "connectors": [connector.permalink for connector in self.connectors],
            "composite_connectors": [composite.permalink for composite in self.composites],
            "problems": [problem.as_dict() for problem in self.problems],
        }


def validate_connectors(
    data: Document | object,
    *,
    allow_insecure: bool = False,
    allowed_private_networks: Sequence[IPv4Network | IPv6Network] = (),
    max_timeout_ms: int = 15_000,
    secrets: Collection[str] | None = None,
    variables: Collection[str] | None = None,
    connectors: Collection[str] | None = None,
    on_progress: OnProgress | None = None,
) -> Report:
    """Check a registry, a read `Document` or parsed JSON, and return everything that is wrong with it.

    ``allow_insecure``, ``allowed_private_networks`` and ``max_timeout_ms`` are the service's settings. ``secrets``,
    ``variables`` and ``connectors`` are the names that the tenant has beside the registry, ``connectors`` those made
    by hand; None means that they are not known, and nothing is said about them. Problems of a document have lines.
    """
    rules = Rules(
        allow_insecure=allow_insecure,
        allowed_private_networks=tuple(allowed_private_networks),
        max_timeout_ms=max_timeout_ms,
        secrets=secrets,
        variables=variables,
        connectors=connectors,
    )
    report = _validate(data.value if isinstance(data, Document) else data, rules, on_progress or _untold)
    problems = data.located(report.problems) if isinstance(data, Document) else report.problems
    return Report(list(in_order(problems)), report.connectors, report.composites)


def _validate(value: object, rules: Rules, on_progress: OnProgress) -> Report:
    if not isinstance(value, dict):
        return Report([_problem("$", "wrong_type", f"is {json_type(value)}", 'an object: {"connectors": [...]}')])
    problems = [*check_plain(value), *_check_members(value)]
    if any(problem.code == "too_deep" for problem in problems):
        return Report(problems)
    entries = {name: list(_entries(value, name, rules, problems)) for name in LISTS}
    connectors, composites = entries.values()
    counted = _counted(len(connectors) + len(composites), on_progress)
    checked_connectors = _check_each(connectors, check_connector, problems, counted)
    checked_composites = _check_each(composites, check_composite, problems, counted)
    problems += check_duplicates([*connectors, *composites], rules.connectors or ())
    problems += check_step_connectors(composites, _permalinks(connectors), _permalinks(composites))
    return Report(problems, _sound(checked_connectors, problems), _sound(checked_composites, problems))


def _check_members(value: Mapping[str, Any]) -> Iterator[Problem]:
    unknown = [name for name in value if name not in _KNOWN]
    if unknown and not any(name in value for name in LISTS):
        # An empty registry deletes everything that was synced from it: a slip of the pen must not be one.
        expected = f"'{nearest_name(unknown[0], LISTS) or LISTS[0]}': [...]"
        yield _problem("$", "missing", f"has neither {LISTS[0]} nor {LISTS[1]}", expected)
    for name in unknown:
        near = nearest_name(name, LISTS)
        expected = f"'{near}'?" if near and near not in value else f"one of {listed(LISTS)}"
        path = json_path((name,))
        yield Problem(
            path=path,
            code="unknown_field",
            message="is not known and is ignored",
            expected=expected,
            severity="warning",
        )


def _entries(value: Mapping[str, Any], name: str, rules: Rules, problems: list[Problem]) -> Iterator[Entry]:
    items = value.get(name)
    if items is None:
        return
    if not isinstance(items, list):
        problems.append(_problem(json_path((name,)), "wrong_type", f"is {json_type(items)}", "a list of definitions"))
        return
    for index, item in enumerate(items):
        if isinstance(item, dict):
            yield Entry(item, (name, index), rules, permalink_of(item))
        else:
            problems.append(_problem(json_path((name, index)), "wrong_type", f"is {json_type(item)}", "an object"))


def _check_each(
    entries: list[Entry], check: Check[Definition], problems: list[Problem], counted: Callable[[], None]
) -> list[tuple[Entry, Definition]]:
    checked = []
    for entry in entries:
        definition, found = check(entry)
        problems += found
        counted()
        if definition is not None:
            checked.append((entry, definition))
    return checked


def _counted(count: int, on_progress: OnProgress) -> Callable[[], None]:
    """Return what is called after each definition."""
    numbers = iter(range(1, count + 1))
    return lambda: on_progress(next(numbers), count)


def _untold(_done: int, _count: int) -> None:
    """Nobody wants to know."""


def _sound(checked: list[tuple[Entry, Definition]], problems: list[Problem]) -> list[Definition]:
    """Return the definitions that no error stands against."""
    spoiled = {problem.path.partition("]")[0] for problem in problems if problem.is_error}
    return [definition for entry, definition in checked if json_path(entry.location).rstrip("]") not in spoiled]


def _permalinks(entries: list[Entry]) -> set[str]:
    return {entry.subject for entry in entries if entry.subject}


def _problem(path: str, code: str, message: str, expected: str) -> Problem:
    return Problem(path=path, code=code, message=message, expected=expected)
