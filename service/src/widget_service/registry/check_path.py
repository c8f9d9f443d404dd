"""Checking what a path holds: a repository's registries, or one registry file told apart by its content."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from widget_service.connectors.problems import Problem
from widget_service.registry.load import read_registry
from widget_service.registry.validate import validate_connectors
from widget_service.widgets.registry import validate_extensions
from widget_service.widgets.theme import ThemeFile

CONNECTORS_NAME = "connectors_registry.json"
EXTENSIONS_NAMES = ("extensions_registry.json", "widget_registry.json")

_CONNECTOR_KEYS = frozenset({"connectors", "composite_connectors"})
_EXTENSION_KEYS = frozenset({"widgets", "scripts", "stylesheets", "importMaps"})


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file, what it holds (``summary``) and everything that is wrong with it."""

    file: Path
    summary: str = "not a registry"
    problems: list[Problem] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        """Whether the file would be refused."""
        return any(problem.severity == "error" for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        """``{"file": str, "valid": bool, "problems": [dict]}``."""
        return {
            "file": str(self.file),
            "valid": not self.has_errors,
            "problems": [problem.as_dict() for problem in self.problems],
        }


def check_path(path: Path, *, allow_insecure: bool = False) -> list[CheckedFile]:
    """Check a folder's registries and the files that they refer to, or a single file by its content alone."""
    if path.is_dir():
        return _check_folder(path, allow_insecure=allow_insecure)
    return [_check_file(path, repo=None, allow_insecure=allow_insecure)]


def registries_of(folder: Path) -> list[Path]:
    """Return the registries at the root of a repository; none: `NO_REGISTRY` says what would be one."""
    return [folder / name for name in (CONNECTORS_NAME, *EXTENSIONS_NAMES) if (folder / name).is_file()]


def _check_folder(folder: Path, *, allow_insecure: bool) -> list[CheckedFile]:
    files = registries_of(folder)
    if not files:
        return [CheckedFile(folder, problems=[NO_REGISTRY])]
    checked = [_check_file(file, repo=folder, allow_insecure=allow_insecure) for file in files]
    return [*checked, *_check_theme(folder)]


def _check_theme(folder: Path) -> list[CheckedFile]:
    theme = ThemeFile(folder)
    if not theme.path.exists():
        return []
    return [CheckedFile(theme.path, _number(list(theme.theme.tokens), "token"), list(theme.theme.problems))]


def _check_file(file: Path, *, repo: Path | None, allow_insecure: bool) -> CheckedFile:
    data, problems = read_registry(file)
    if data is None:
        return CheckedFile(file, problems=problems)
    if _is_connector_registry(file, data):
        report = validate_connectors(data, allow_insecure=allow_insecure)
        summary = f"{_number(report.connectors, 'connector')}, {_number(report.composites, 'composite')}"
        return CheckedFile(file, summary, [*problems, *report.problems])
    if _EXTENSION_KEYS & data.value.keys() or file.name in EXTENSIONS_NAMES:
        extensions = validate_extensions(data, repo=repo, file_name=file.name)
        return CheckedFile(file, extensions.summary, [*problems, *extensions.problems])
    expected = "an object with 'connectors' (a registry of connectors) or 'widgets' (a registry of extensions)"
    return CheckedFile(file, problems=[*problems, _problem("is no registry of either kind", expected)])


def _is_connector_registry(file: Path, data: Any) -> bool:
    if _CONNECTOR_KEYS & data.value.keys():
        return True
    return file.name == CONNECTORS_NAME and not _EXTENSION_KEYS & data.value.keys()


def _number(items: list[Any], noun: str) -> str:
    return f"{len(items)} {noun}{'' if len(items) == 1 else 's'}"


def _problem(message: str, expected: str) -> Problem:
    return Problem(path="$", code="no_registry", message=message, expected=expected)


NO_REGISTRY = _problem("holds no registry", f"{CONNECTORS_NAME} or {EXTENSIONS_NAMES[0]} at the root of the repository")
"""What is wrong with a folder that is no repository of widgets."""
