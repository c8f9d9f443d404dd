"""What the runtime is told of a widget: its HTML or where that comes from, its props, the names that it may import."""

import json
from collections.abc import Iterable
from typing import Any

from widget_service._version import __version__
from widget_service.widgets.definition import ImportMapDefinition
from widget_service.widgets.hosting.content import CONTENT_ENTRY
from widget_service.widgets.hosting.widget_files import WIDGETS_URL, url_segment
from widget_service.widgets.repository import SiteState, SiteWidget

MANIFEST_NAME = "manifest.json"
CONTENT_NAME = "content"


def manifest(widget: SiteWidget, state: SiteState) -> dict[str, Any]:
    """Return what the runtime needs to run a widget that `SiteWidget.is_runnable`.

    ``{"type", "title", "version", "revision", "base", "entry", "html": str, "props": dict, "importMaps": [dict],
    "service": {"version"}}``; ``base`` is the path that all URLs of hosted files in ``html`` begin with. Of a widget
    whose content is elsewhere ``revision`` and ``html`` are None, and ``content`` is the path that answers with it.
    """
    definition, hosted = widget.definition, widget.hosted
    own = {"type": definition.type, "title": definition.title, "version": definition.version}
    if hosted is not None:
        html: dict[str, Any] = {
            "revision": hosted.revision,
            "base": hosted.base,
            "entry": hosted.entry,
            "html": hosted.html,
        }
    else:
        content = f"{WIDGETS_URL}{url_segment(definition.type)}/{CONTENT_NAME}"
        html = {"revision": None, "base": "", "entry": CONTENT_ENTRY, "html": None, "content": content}
    return {
        **own,
        **html,
        "props": definition.default_props(),
        "importMaps": [import_map(map_) for map_ in state.report.import_maps],
        "service": {"version": __version__},
    }


def import_map(map_: ImportMapDefinition) -> dict[str, object]:
    """Return an import map as a page holds it (WHATWG HTML §8.1.6.2)."""
    members = {"imports": map_.imports, "scopes": map_.scopes, "integrity": map_.integrity}
    return {name: value for name, value in members.items() if value is not None}


def embedded_manifests(widgets: Iterable[SiteWidget], state: SiteState) -> str:
    """Return the manifests of ``widgets`` as JSON that may stand in a script element."""
    return json_in_script([manifest(widget, state) for widget in widgets if widget.is_runnable])


def json_in_script(value: object) -> str:
    """Return JSON without ``<``, which could end a script element."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
