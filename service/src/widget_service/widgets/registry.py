"""Checking a registry of extensions: every problem of every widget, script, stylesheet and import map at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, get_args

from widget_service.connectors.checks.fields import validate_fields
from widget_service.connectors.checks.known_fields import check_unknown_fields
from widget_service.connectors.checks.plain import check_plain
from widget_service.connectors.problems import Problem, in_order, json_path, json_type, listed, nearest_name
from widget_service.connectors.rules import Rules
from widget_service.registry.load import Document
from widget_service.widgets.checks import Entry, check_import_map, check_script, check_stylesheet, check_widget
from widget_service.widgets.checks.files import check_page_file, check_widget_files
from widget_service.widgets.definition import (
    ExtensionModel,
    ImportMapDefinition,
    ScriptDefinition,
    StylesheetDefinition,
    WidgetDefinition,
)
from widget_service.widgets.report import ExtensionsReport

EXTENSIONS_NAME = "extensions_registry.json"
LEGACY_NAME = "widget_registry.json"

_OF_CONNECTORS = ("connectors", "composite_connectors")
_CONNECTORS_HOME = "connectors_registry.json, a file of its own"


class _Kind(NamedTuple):
    """One of the lists of a registry; ``identity`` is the member that is unique in it."""

    model: type[ExtensionModel]
    check: Callable[[Entry], Iterator[Problem]]
    identity: str | None
    noun: str


_KINDS: Mapping[str, _Kind] = {
    "widgets": _Kind(WidgetDefinition, check_widget, "type", "widget"),
    "scripts": _Kind(ScriptDefinition, check_script, "name", "script"),
    "stylesheets": _Kind(StylesheetDefinition, check_stylesheet, "name", "stylesheet"),
    "importMaps": _Kind(ImportMapDefinition, check_import_map, None, "import map"),
}


def validate_extensions(
    data: Document | object, *, repo: Path | None = None, file_name: str | None = None
) -> ExtensionsReport:
    """Check a registry, a read `Document` or parsed JSON, and return everything that is wrong with it.

    With ``repo`` the files that it refers to are checked too; ``file_name`` is the registry's own, for a warning
    about the legacy one. Problems of a document have lines.
    """
    value = data.value if isinstance(data, Document) else data
    report = _validate(value)
    problems = [*report.problems]
    if file_name == LEGACY_NAME:
        problems.append(_legacy_name())
    if repo is not None:
        problems += _check_files(report, repo)
    located = data.located(problems) if isinstance(data, Document) else problems
    return replace(report, problems=list(in_order(located)))


def _check_files(report: ExtensionsReport, repo: Path) -> Iterator[Problem]:
    for widget in report.widgets:
        yield from check_widget_files(repo, widget, place=report.places["widgets", widget.type])
    for script in report.scripts:
        yield from check_page_file(repo, script, place=report.places["scripts", script.name])
    for stylesheet in report.stylesheets:
        yield from check_page_file(repo, stylesheet, place=report.places["stylesheets", stylesheet.name])


def find_registry(repo: Path) -> Path | None:
    """Return the registry of a repository: `EXTENSIONS_NAME`, else `LEGACY_NAME`, else None."""
    return next((repo / name for name in (EXTENSIONS_NAME, LEGACY_NAME) if (repo / name).is_file()), None)


def _validate(value: object) -> ExtensionsReport:
    if not isinstance(value, dict):
        return ExtensionsReport([_problem("$", "wrong_type", f"is {json_type(value)}", 'an object: {"widgets": []}')])
    problems = [*check_plain(value), *_check_members(value)]
    if any(problem.code == "too_deep" for problem in problems):
        return ExtensionsReport(problems)
    entries = {name: list(_entries(value, name, problems)) for name in _KINDS}
    checked = {name: _check_each(entries[name], kind, problems) for name, kind in _KINDS.items()}
    for name, kind in _KINDS.items():
        problems += _check_duplicates(entries[name], kind)
    return ExtensionsReport(
        problems,
        widgets=_sound(checked["widgets"], problems),
        scripts=_sound(checked["scripts"], problems),
        stylesheets=_sound(checked["stylesheets"], problems),
        import_maps=_sound(checked["importMaps"], problems),
        places=_places(entries),
    )


def _check_members(value: Mapping[str, Any]) -> Iterator[Problem]:
    for name in value:
        if name not in _KINDS:
            near = nearest_name(name, _KINDS)
            expected = f"'{near}'?" if near and near not in value else f"one of {listed(_KINDS)}"
            expected = _CONNECTORS_HOME if name in _OF_CONNECTORS else expected
            yield _problem(json_path((name,)), "unknown_field", "is not known", expected)


def _entries(value: Mapping[str, Any], name: str, problems: list[Problem]) -> Iterator[Entry]:
    items, identity = value.get(name), _KINDS[name].identity
    if items is None:
        return
    if not isinstance(items, list):
        problems.append(_problem(json_path((name,)), "wrong_type", f"is {json_type(items)}", "a list"))
        return
    for index, item in enumerate(items):
        if isinstance(item, dict):
            subject = item.get(identity) if identity else None
            yield Entry(item, (name, index), Rules(), subject if isinstance(subject, str) else None)
        else:
            problems.append(_problem(json_path((name, index)), "wrong_type", f"is {json_type(item)}", "an object"))


def _check_each(entries: Iterable[Entry], kind: _Kind, problems: list[Problem]) -> list[tuple[Entry, Any]]:
    checked = []
    for entry in entries:
        definition, generic = validate_fields(kind.model, entry)
        specific = list(kind.check(entry))
        told = {problem.path for problem in specific if problem.is_error}
        specific += (problem for problem in generic if problem.path not in told)
        mistyped = {problem.path for problem in specific if problem.code == "wrong_type"}
        problems += specific
        problems += (
            problem for problem in _unknown_fields(entry, kind.model) if not _is_within(problem.path, mistyped)
        )
        if definition is not None:
            checked.append((entry, definition))
    return checked


def _unknown_fields(entry: Entry, model: type[ExtensionModel]) -> Iterator[Problem]:
    """The platform refuses what it does not know in this file, unlike in a registry of connectors."""
    homes = {json_path((*entry.location, name)): home for name, home in _homes(model).items()}
    for problem in check_unknown_fields(entry, model):
        expected = homes.get(problem.path, problem.expected)
        yield replace(problem, severity="error", message="is not known here", expected=expected)


@cache
def _homes(model: type[ExtensionModel]) -> Mapping[str, str]:
    """Return where names belong that are written one level too high, and those of another file."""
    homes = dict.fromkeys(_OF_CONNECTORS, _CONNECTORS_HOME)
    for name, field in model.model_fields.items():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, ExtensionModel):
                homes |= {inner.alias or key: f"in '{field.alias or name}'" for key, inner in part.model_fields.items()}
    return homes


def _is_within(path: str, others: Iterable[str]) -> bool:
    """Whether ``path`` leads into one of the others, such as a field of what should not be an object at all."""
    return any(path.startswith((f"{other}.", f"{other}[")) for other in others)


def _check_duplicates(entries: Iterable[Entry], kind: _Kind) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for entry in entries:
        if not entry.subject or kind.identity is None:
            continue
        if entry.subject in seen:
            message = f"is '{entry.subject}', as is that of {seen[entry.subject]}"
            expected = f"a {kind.identity} of its own for each {kind.noun}"
            yield entry.problem(kind.identity, code="duplicate", message=message, expected=expected)
        seen.setdefault(entry.subject, json_path(entry.location))


def _sound(checked: list[tuple[Entry, Any]], problems: list[Problem]) -> list[Any]:
    """Return the definitions that no error stands against."""
    broken = {problem.path.partition("]")[0] for problem in problems if problem.is_error}
    return [definition for entry, definition in checked if json_path(entry.location).rstrip("]") not in broken]


def _places(entries: Mapping[str, list[Entry]]) -> dict[tuple[str, str], str]:
    """Return where each definition stands; of two with one identity, the first."""
    places: dict[tuple[str, str], str] = {}
    for name, of_kind in entries.items():
        for entry in of_kind:
            places.setdefault((name, entry.subject or ""), json_path(entry.location))
    return places


def _legacy_name() -> Problem:
    return Problem(
        path="$",
        code="legacy_name",
        message=f"is named {LEGACY_NAME}, the name before April 2026",
        expected=EXTENSIONS_NAME,
        severity="warning",
    )


def _problem(path: str, code: str, message: str, expected: str) -> Problem:
    return Problem(path=path, code=code, message=message, expected=expected)
