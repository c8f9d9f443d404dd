"""Beginning a widget or a connector in a repository: nothing that is there is overwritten."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from widget_service.connectors.permalink import permalink_from_name
from widget_service.scaffold.files import Form, files_of, write_new
from widget_service.scaffold.merging import add_entry, entries_of

CONNECTORS_NAME = "connectors_registry.json"
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_WORDS = re.compile(r"[\s_-]+")


class NotBegun(Exception):
    """What would be begun cannot be, or is there already; the text says why."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What was written: ``created`` are new files, ``changed`` the registry, ``name`` the type or permalink."""

    name: str
    created: list[Path]
    changed: Path


def begin_widget(repo: Path, name: str, form: Form) -> Begun:
    """Write a widget and its entry in ``extensions_registry.json``; raise `NotBegun` and `UnusableRegistry`."""
    from widget_service.widgets.registry import EXTENSIONS_NAME, find_registry

    if not _TYPE.fullmatch(name):
        raise NotBegun(f"{name!r} cannot be the type of a widget: letters, digits, _ and -, such as acme_plants.")
    registry = find_registry(repo) or repo / EXTENSIONS_NAME
    if any(isinstance(entry, dict) and entry.get("type") == name for entry in entries_of(registry, "widgets")):
        raise NotBegun(f"There is a widget '{name}' in {registry.name} already; choose another name.")
    folder, title = repo / "widgets" / name, title_of(name)
    if folder.exists():
        raise NotBegun(f"widgets/{name} is there already, and nothing is overwritten; choose another name.")
    files = files_of(form, name)
    write_new(folder, files)
    add_entry(registry, "widgets", _widget_entry(name, title, form))
    return Begun(name, [folder / file for file in files], registry)


def begin_connector(repo: Path, name: str, *, url: str, method: str) -> Begun:
    """Write a connector and a mock of its answer; raise `NotBegun` and `UnusableRegistry`."""
    permalink = permalink_from_name(name)
    if permalink is None:
        raise NotBegun(f"{name!r} makes no permalink: it must have letters a-z or digits, at most 255.")
    registry = repo / CONNECTORS_NAME
    known = [entry for list_ in ("connectors", "composite_connectors") for entry in entries_of(registry, list_)]
    if any(isinstance(entry, dict) and _permalink(entry) == permalink for entry in known):
        raise NotBegun(f"There is a connector '{permalink}' in {registry.name} already; choose another name.")
    mock = repo / ".widget-service" / "mocks" / f"{permalink}.json"
    created = [] if mock.exists() else [mock]
    add_entry(registry, "connectors", _connector_entry(title_of(name), permalink, url, method))
    if created:
        write_new(mock.parent, {mock.name: json.dumps({"message": f"A mock of {title_of(name)}"}, indent=2) + "\n"})
    return Begun(permalink, created, registry)


def title_of(name: str) -> str:
    """Return a name as a title: ``acme_plant-list`` is ``Acme plant list``."""
    words = _WORDS.sub(" ", name).strip()
    return words[:1].upper() + words[1:]


def _permalink(entry: Mapping[str, Any]) -> object:
    return entry.get("permalink") or permalink_from_name(str(entry.get("name", "")))


def _widget_entry(type_: str, title: str, form: Form) -> dict[str, Any]:
    description = "What this widget shows."
    rules = {"required": True, "maxLength": 80}
    field = {"name": "title", "type": "text", "label": "Title", "defaultValue": title, "rules": rules}
    return {
        "title": title,
        "type": type_,
        "description": description,
        "category": "Widgets",
        "version": "1.0.0",
        "containers": ["Full width"],
        "source": {"path": f"widgets/{type_}/dist", "entry": form.entry},
        "configuration": {"properties": [field]},
        "defaultConfig": {"title": title},
    }


def _connector_entry(name: str, permalink: str, url: str, method: str) -> dict[str, Any]:
    return {
        "name": name,
        "permalink": permalink,
        "url": url,
        "method": method,
        "headers": [{"key": "Accept", "value": "application/json"}],
        "response_content_type": "application/json",
    }
