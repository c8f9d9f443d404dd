"""Repositories of small widgets for the browser tests, and how to find their widgets on a page."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

NAME = "gs-cc-registry-widget"


def definition(type_: str, **fields: Any) -> dict[str, Any]:
    """Return the smallest definition of a widget whose files lie in ``widgets/TYPE``."""
    source = {"path": f"widgets/{type_}", "entry": "content.html"}
    return {"title": type_, "type": type_, "category": "Demo", "source": source, **fields}


def write_widget(repo: Path, type_: str, files: str | Mapping[str, str]) -> None:
    """Save the files of a widget; a text is its entry."""
    for name, content in ({"content.html": files} if isinstance(files, str) else files).items():
        file = repo / "widgets" / type_ / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


def write_extensions(repo: Path, *widgets: dict[str, Any], **lists: Any) -> None:
    """Save the registry."""
    (repo / "extensions_registry.json").write_text(json.dumps({"widgets": list(widgets), **lists}))


def write_widgets(repo: Path, widgets: Mapping[str, str | Mapping[str, str]], **lists: Any) -> None:
    """Save widgets and their registry."""
    for type_, files in widgets.items():
        write_widget(repo, type_, files)
    write_extensions(repo, *map(definition, widgets), **lists)


def widget(page: Page, type_: str, state: str | None = "ready") -> Locator:
    """Return the first widget of a type, waiting until it is in a state."""
    found = page.locator(f'{NAME}[data-widget-type$=":{type_}"]').first
    if state is not None:
        page.locator(f'{NAME}[data-widget-type$=":{type_}"][data-state="{state}"]').first.wait_for(state="attached")
    return found


def text_of(page: Page, type_: str) -> str:
    """Return the text of a widget that is ready, without the space around it."""
    return widget(page, type_).evaluate("host => host.shadowRoot.querySelector('p').textContent.trim()")
