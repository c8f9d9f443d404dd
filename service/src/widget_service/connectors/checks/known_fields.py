"""Fields that no model knows: ignored, because definitions are pasted between systems, but not in silence."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from widget_service.connectors.authentication_config import config_model
from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.definition import Authentication
from widget_service.connectors.fields import DefinitionModel
from widget_service.connectors.problems import Location, Problem, nearest_name


def check_unknown_fields(entry: Entry, model: type[DefinitionModel]) -> Iterator[Problem]:
    """Yield a warning for each field, at any depth, that ``model`` has no place for."""
    fields = fields_of(model)
    for name in entry.raw:
        if name not in fields:
            yield _warning(entry, name, fields)
            continue
        inner = _model_of(model, fields[name], name, entry.raw)
        if inner is not None:
            for part in _parts(entry, name, fields[name]):
                yield from check_unknown_fields(part, inner)


def field_of(model: type[DefinitionModel], raw: Mapping[str, Any], location: Location) -> FieldInfo | None:
    """Return the field that stands at ``location`` of an object that is ``model``, or None."""
    field: FieldInfo | None = None
    current: type[DefinitionModel] | None = model
    value: Any = raw
    for part in location:
        if isinstance(part, str):
            field = fields_of(current).get(part) if current else None
            current = _model_of(current, field, part, value) if current and field else None
        value = value[part] if isinstance(part, int) else value.get(part) or {}  # null is absent
    return field


def fields_of(model: type[DefinitionModel]) -> dict[str, FieldInfo]:
    """Return the fields of ``model`` by their names in JSON."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_of(
    model: type[DefinitionModel], field: FieldInfo, name: str, raw: Mapping[str, Any]
) -> type[DefinitionModel] | None:
    """Return the model of what ``field`` holds, directly or in a list; None for plain values."""
    if model is Authentication and name == "config":
        return config_model(raw.get("type") or "none")
    return next(_models_in(field.annotation), None)


def _parts(entry: Entry, name: str, field: FieldInfo) -> Iterator[Entry]:
    """Yield the objects in a field that holds a list, else the one that it is."""
    part = entry.part(name)
    if _is_list(field.annotation):
        yield from entry.parts(name)
    elif part is not None:
        yield part


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) in (tuple, list) or any(map(_is_list, get_args(annotation)))


def _models_in(annotation: Any) -> Iterator[type[DefinitionModel]]:
    if isinstance(annotation, type) and issubclass(annotation, DefinitionModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _warning(entry: Entry, name: str, known: Mapping[str, Any]) -> Problem:
    near = nearest_name(name, known)
    if near is not None and not entry.has(near):
        expected = f"'{near}'?"
    else:
        expected = f"one of {', '.join(sorted(known))}" if known else "no fields here"
    return entry.problem(
        name, code="unknown_field", message="is not known and is ignored", expected=expected, severity="warning"
    )
