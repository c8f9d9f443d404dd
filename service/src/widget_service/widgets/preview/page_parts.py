"""What the registry adds to a page around its widgets: scripts, stylesheets and import maps."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from widget_service.widgets.definition import ImportMapDefinition, ScriptDefinition
from widget_service.widgets.fields import page_url
from widget_service.widgets.hosting.manifest import import_map, json_in_script
from widget_service.widgets.page_context import PageContext
from widget_service.widgets.repository import SitePageFile, SiteState

SDK_URL = "/widget-sdk/latest/index.js"
SDK_SPECIFIERS = ("@gainsight-customer-hub/widget-service-sdk", "@insided/widget-sdk")


@dataclass(frozen=True, slots=True)
class PageParts:
    """Elements to write into a page: attributes of each, and import maps as JSON that may stand in a script."""

    scripts: Mapping[str, list[dict[str, str]]]
    stylesheets: list[dict[str, str]]
    import_maps: list[str]
    script_hosts: list[str]
    style_hosts: list[str]


def page_parts(state: SiteState, context: PageContext) -> PageParts:
    """Return the parts of a page in ``context``. The SDK's documented names lead to ours, unless mapped otherwise."""
    scripts = list(_applying(state.scripts, context))
    stylesheets = list(_applying(state.stylesheets, context))
    maps = state.report.import_maps
    return PageParts(
        scripts={place: list(_elements(scripts, place)) for place in ("head", "bodyStart", "bodyEnd")},
        stylesheets=[{**_attributes(sheet, "href", "rel"), "rel": "stylesheet"} for sheet in stylesheets],
        import_maps=[json_in_script(_own_map(maps)), *(json_in_script(import_map(map_)) for map_ in maps)],
        script_hosts=_hosts([*_urls(scripts), *(url for map_ in maps for url in _mapped_urls(map_))]),
        style_hosts=_hosts(_urls(stylesheets)),
    )


def _applying(files: Iterable[SitePageFile], context: PageContext) -> Iterator[SitePageFile]:
    return (file for file in files if file.hosted and context.matches(file.definition.rules))


def _elements(scripts: Iterable[SitePageFile], placement: str) -> Iterator[dict[str, str]]:
    for script in scripts:
        if isinstance(script.definition, ScriptDefinition) and script.definition.placement == placement:
            attributes = _attributes(script, "src")
            yield _after_the_runtime(attributes) if placement == "bodyEnd" else attributes


def _after_the_runtime(attributes: dict[str, str]) -> dict[str, str]:
    """Scripts at the end of the page expect its widgets: they wait for the runtime, a module, which comes before them.

    Modules wait by themselves.
    """
    own = {name.lower(): value.strip().lower() for name, value in attributes.items()}
    waits_or_may_not = {"async", "defer"} & own.keys() or own.get("type") == "module"
    return attributes if waits_or_may_not else {"defer": "", **attributes}


def _attributes(file: SitePageFile, url_name: str, *reserved: str) -> dict[str, str]:
    assert file.hosted is not None
    own = {name: text for name, text in file.definition.attributes.items() if name.lower() not in (url_name, *reserved)}
    return {**own, url_name: file.hosted.url}


def _urls(files: Iterable[SitePageFile]) -> list[str]:
    return [file.hosted.url for file in files if file.hosted]


def _hosts(urls: Iterable[str]) -> list[str]:
    """Return the origins of external URLs, in a form that can stand in a Content-Security-Policy."""
    return list(dict.fromkeys(url.origin for url in map(page_url, urls) if url is not None))


def _own_map(maps: Iterable[ImportMapDefinition]) -> dict[str, object]:
    mapped = {specifier for map_ in maps for specifier in map_.imports}
    return {"imports": {specifier: SDK_URL for specifier in SDK_SPECIFIERS if specifier not in mapped}}


def _mapped_urls(map_: ImportMapDefinition) -> Iterator[str]:
    yield from map_.imports.values()
    for scope in (map_.scopes or {}).values():
        yield from scope.values()
