"""The rules of a widget's configuration form: its fields, their options and the groups they stand in."""

from collections.abc import Iterator

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.problems import Problem, shown
from widget_service.widgets.checks.endpoint import check_options_endpoint

_CHOOSING_TYPES = ("select", "autocomplete")


def check_configuration(entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with a configuration beside its types and limits."""
    if isinstance(entry.raw.get("properties"), dict):
        yield entry.problem(
            "properties",
            code="wrong_type",
            message="is an object, keyed by the names of the fields",
            expected='a list, each field with its name: [{"name": "title", "type": "text", "label": "Title"}]',
        )
    for property_ in entry.parts("properties"):
        yield from _check_property(property_)
    yield from _check_repeated(entry, "properties")
    yield from _check_repeated(entry, "sections")


def _check_property(entry: Entry) -> Iterator[Problem]:
    yield from _check_options(entry)
    yield from _check_lengths(entry)
    type_ = entry.text("type")
    if entry.raw.get("multiple") is True and type_ not in _CHOOSING_TYPES:
        yield _no_effect(entry, "multiple", "type select or autocomplete")
    if entry.raw.get("sortable") is True and not (type_ == "autocomplete" and entry.raw.get("multiple") is True):
        yield _no_effect(entry, "sortable", 'type autocomplete and "multiple": true')
    if (dynamic := entry.part("dynamicOptions")) is not None:
        yield from _check_dynamic_options(dynamic, type_)


def _check_options(entry: Entry) -> Iterator[Problem]:
    type_, given = entry.text("type"), [name for name in ("options", "dynamicOptions") if entry.has(name)]
    if type_ == "select" and len(given) != 1:
        message = "is a select with both options and dynamicOptions" if given else "is a select without options"
        yield entry.problem(code="contradiction", message=message, expected="exactly one of options and dynamicOptions")
    elif type_ == "autocomplete" and "dynamicOptions" not in given:
        message = "is an autocomplete without dynamicOptions"
        yield entry.problem(code="missing", message=message, expected="dynamicOptions, which it asks while one types")
    elif given and type_ not in _CHOOSING_TYPES:
        yield _no_effect(entry, given[0], "type select or autocomplete")


def _check_lengths(entry: Entry) -> Iterator[Problem]:
    rules = entry.part("rules")
    if rules is None:
        return
    for low, high in (("minLength", "maxLength"), ("minimum", "maximum")):
        smallest, largest = rules.raw.get(low), rules.raw.get(high)
        if isinstance(smallest, int | float) and isinstance(largest, int | float) and smallest > largest:
            yield rules.problem(
                low,
                code="contradiction",
                message=f"is {smallest}, more than {high}: no value can be right",
                expected=f"at most {largest}",
                severity="warning",
            )


def _check_dynamic_options(entry: Entry, type_: str | None) -> Iterator[Problem]:
    for name in ("endpoint", "valuesEndpoint"):
        if (endpoint := entry.part(name)) is not None:
            yield from check_options_endpoint(endpoint)
    if entry.raw.get("isAsyncSearch") is True and type_ != "autocomplete":
        yield _no_effect(entry, "isAsyncSearch", "type autocomplete")
    mapping = entry.part("mapping")
    path = mapping.text("path") if mapping else None
    if mapping and path and "*" in path:
        message = f"is {shown(path)}, with a wildcard"
        yield mapping.problem("path", code="pattern", message=message, expected="names and dots, such as data.items")


def _check_repeated(entry: Entry, name: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for part in entry.parts(name):
        text = part.text("name")
        if text is not None and text in seen:
            message = f"is '{text}' a second time, and values are stored by name"
            yield part.problem("name", code="duplicate", message=message, expected="each name once", severity="warning")
        seen.add(text or "")


def _no_effect(entry: Entry, name: str, needed: str) -> Problem:
    return entry.problem(
        name, code="no_effect", message="does nothing here", expected=f"only with {needed}", severity="warning"
    )
