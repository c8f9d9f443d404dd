"""Extensions for tests: the smallest that are right, with what a test changes, and what is found in them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from support.absent import ABSENT
from widget_service.widgets.registry import validate_extensions

SOURCE = {"path": "widgets/plants/dist", "entry": "content.html"}


def widget(**fields: Any) -> dict[str, Any]:
    """Return a widget that is right but for ``fields``; `ABSENT` leaves one out."""
    smallest = {"title": "Plants", "type": "acme_plants", "category": "Demo", "source": SOURCE}
    return _without_absent({**smallest, **fields})


def content_widget(**content: Any) -> dict[str, Any]:
    """Return a widget with content elsewhere, right but for fields of its ``content``."""
    content = _without_absent({"endpoint": "https://api.example.com/html", **content})
    return widget(source=ABSENT, content=content)


def form_widget(*properties: Any, **configuration: Any) -> dict[str, Any]:
    """Return a widget with a configuration form of ``properties``."""
    return widget(configuration={"properties": list(properties), **configuration})


def property_(**fields: Any) -> dict[str, Any]:
    """Return a field of a form that is right but for ``fields``."""
    return _without_absent({"name": "size", "label": "Size", "type": "text", **fields})


def dynamic_options(**fields: Any) -> dict[str, Any]:
    """Return options that a form asks for, right but for ``fields``."""
    endpoint = {"endpoint": "https://api.example.com/options?q={q}", "method": "GET"}
    return _without_absent({"endpoint": endpoint, "mapping": {"valueKey": "id", "labelKey": "name"}, **fields})


def script(**fields: Any) -> dict[str, Any]:
    """Return a page script that is right but for ``fields``."""
    return _without_absent({"name": "analytics", "path": "./scripts/analytics.js", **fields})


def stylesheet(**fields: Any) -> dict[str, Any]:
    """Return a page stylesheet that is right but for ``fields``."""
    return _without_absent({"name": "theme", "path": "./stylesheets/theme.css", **fields})


def rule(field: str, operator: str, value: Any) -> dict[str, Any]:
    """Return a script with one rule."""
    return script(rules=[{"field": field, "operator": operator, "value": value}])


def codes(registry: Any, **options: Any) -> list[tuple[str, str]]:
    """Return path and code of everything that is wrong; a warning's code ends with ``?``."""
    report = validate_extensions(registry, **options)
    for problem in report.problems:
        assert problem.message, problem
        assert problem.expected, problem
    return [(problem.path, f"{problem.code}{'' if problem.is_error else '?'}") for problem in report.problems]


def codes_of(definition: dict[str, Any], list_: str = "widgets") -> list[tuple[str, str]]:
    """Return what is wrong with one definition, its paths behind the definition's own."""
    return [(path.partition("]")[2].removeprefix("."), code) for path, code in codes({list_: [definition]})]


def write_repository(repo: Path, files: Mapping[str, str | bytes], **lists: Any) -> Path:
    """Write files, and a registry where there are lists of it; return the repository."""
    if lists:
        files = {**files, "extensions_registry.json": json.dumps(lists)}
    for name, content in files.items():
        file = repo / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return repo


def _without_absent(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not ABSENT}
