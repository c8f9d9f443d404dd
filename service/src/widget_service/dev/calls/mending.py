"""Where the cause of a failed call stands: the line of the registry, or the lines that dev.toml lacks."""

import re
from pathlib import Path
from typing import Any

from widget_service.connectors.permalink import permalink_from_name
from widget_service.connectors.problems import Location, Problem, json_path
from widget_service.dev.config import FILE_NAME, STATE_DIR
from widget_service.dev.workspace import REGISTRY_NAME
from widget_service.registry.load import read_registry

_PLACE = re.compile(
    r"(?:step '[^']*', )?(?P<field>url|headers|query_parameters|path_parameters|request_body|response_body|"
    r"authentication(?:\.\w+)*)(?: '(?P<key>[^']*)')?(?:, line (?P<line>\d+), column (?P<column>\d+))?[:,]"
)
_MISSING = re.compile(r"the (?P<kind>secret|variable) '(?P<name>[A-Za-z_]\w*)' does not exist")
_FIELD_OF_CODE = {
    "METHOD_NOT_ALLOWED": "method",
    "MISSING_PATH_PARAMETERS": "url",
    "JWT_SIGNING_ERROR": "authentication",
    "OAUTH_TOKEN_ERROR": "authentication",
    "DESTINATION_NOT_ALLOWED": "url",
    "UPSTREAM_UNREACHABLE": "url",
    "UPSTREAM_TLS_ERROR": "url",
    "UPSTREAM_REDIRECT": "url",
}
_FIELD_OF_STATUS = {401: "authentication", 403: "authentication", 404: "url", 405: "method"}
_STEP = re.compile(r"^Composite step '[a-z0-9-]+' \(index (?P<index>[0-9]+)\)")
_LISTS = ("connectors", "composite_connectors")


def place_to_mend(
    repo: Path, permalink: str, code: str, detail: str, status: int, scope: str = ""
) -> dict[str, Any] | None:
    """Return ``{"file", "line", "column", "path", "excerpt"}`` of what a failed call is to be mended at.

    ``code`` is empty for an answer of the destination itself; ``scope`` names the step of a composite. With a missing
    value also ``"add"``: the lines for dev.toml. None where nothing of the registry is at fault.
    """
    document, _ = read_registry(repo / REGISTRY_NAME)
    location = _location(document.value, permalink) if document is not None else None
    if document is None or location is None:
        return None
    if step := _STEP.search(scope):
        location = (*location, "steps", int(step["index"]))
    field = _FIELD_OF_CODE.get(code) if code else _FIELD_OF_STATUS.get(status)
    place = _PLACE.match(detail) if code else None
    if place is None and field is None:
        return None
    where, within = _where(document.value, location, place, field)
    problem = Problem(path=json_path(where), message=detail, within=within)
    [located] = document.located([problem])
    found = {name: getattr(located, name) for name in ("line", "column", "path", "excerpt")}
    return {"file": REGISTRY_NAME, **found, **_missing(detail)}


def _location(value: Any, permalink: str) -> Location | None:
    for name in _LISTS:
        entries = value.get(name)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and _permalink(entry) == permalink:
                return (name, index)
    return None


def _permalink(entry: dict[str, Any]) -> object:
    return entry.get("permalink") or permalink_from_name(str(entry.get("name", "")))


def _where(
    value: Any, location: Location, place: re.Match[str] | None, field: str | None
) -> tuple[Location, tuple[int, int] | None]:
    if place is None:
        return (*location, field or ""), None
    within = (int(place["line"]), int(place["column"])) if place["line"] else None
    names = tuple(place["field"].split("."))
    if place["key"] is None:
        return (*location, *names), within
    entry: Any = value
    for step in (*location, *names):
        entry = entry[step] if isinstance(entry, list) or step in entry else []
    keys = [item.get("key") if isinstance(item, dict) else None for item in entry] if isinstance(entry, list) else []
    if place["key"] not in keys:
        return (*location, *names), within
    return (*location, *names, keys.index(place["key"]), "value"), within


def _missing(detail: str) -> dict[str, Any]:
    missing = _MISSING.search(detail)
    if missing is None:
        return {}
    return {"add": {"file": f"{STATE_DIR}/{FILE_NAME}", "lines": [f"[{missing['kind']}s]", f'{missing["name"]} = "…"']}}
