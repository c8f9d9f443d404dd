"""The fields of definitions, of the JSON Schema that the models make."""

from collections.abc import Mapping
from typing import Any

from docs.generate.markdown import code, page, prose, table
from widget_service.connectors.authentication_config import ALIASES, CONFIGS
from widget_service.connectors.schema import registry_schema

ABOUT = """\
A registry, `connectors_registry.json`, holds connectors and composites; the [REST API](admin-api.md) takes the same
definitions one by one. `protocol/registry.schema.json` says all of this to editors, which then complete and check.
Fields that nobody knows are ignored with a warning; `null` is the same as absent. What a text field marked as a
template may hold: [templates](templates.md)."""
_SECTIONS = {
    "Connectors": "ConnectorDefinition",
    "Headers": "HeaderParameter",
    "Query parameters": "Parameter",
    "Path parameters": "PathParameter",
    "Retry": "Retry",
    "Rate limit": "RateLimit",
    "Cache": "Cache",
    "Access": "Access",
    "TLS": "Tls",
    "Composites": "CompositeDefinition",
    "Steps": "StepDefinition",
    "Authentication": "Authentication",
}
"""Every model of the schema but the configurations of ways to sign in, in the page's order."""


def make() -> str:
    """Return the page."""
    schema = registry_schema()
    models = schema["$defs"]
    configs = {name: model.__name__ for name, model in CONFIGS.items()}
    assert set(models) == {*_SECTIONS.values(), *configs.values(), "JsonValue"} - {"NoConfig"} | (
        {"NoConfig"} & set(models)
    )
    aliases = {type_: [alias for alias, meant in ALIASES.items() if meant == type_] for type_ in CONFIGS}
    signing_in = (
        _section(_type_heading(type_, aliases[type_]), models.get(name, {}), level=3) for type_, name in configs.items()
    )
    registry = _section("The registry", schema)
    return page(
        "Definitions",
        ABOUT,
        registry,
        *(_section(title, models[name]) for title, name in _SECTIONS.items()),
        *signing_in,
    )


def _type_heading(type_: str, aliases: list[str]) -> str:
    return " or ".join(f"`{name}`" for name in (type_, *aliases))


def _section(title: str, model: Mapping[str, Any], *, level: int = 2) -> str:
    parts = [f"{'#' * level} {title}", prose(model.get("description", "Nothing is configured, nothing is added."))]
    required = model.get("required", ())
    rows = [
        (code(name), _type(field), "yes" if name in required else _default(field), _meaning(field))
        for name, field in model.get("properties", {}).items()
    ]
    return "\n\n".join([*parts, *([table(("field", "type", "required, or default", "meaning"), rows)] if rows else [])])


def _meaning(field: Mapping[str, Any]) -> str:
    choices = [value for value in field.get("enum", ()) if value is not None]
    limits = [
        f"{word} {field[key]:,} {unit}".strip()
        for key, word, unit in (
            ("maxLength", "At most", "characters"),
            ("minimum", "At least", ""),
            ("maximum", "At most", ""),
        )
        if key in field
    ]
    said = [prose(field.get("description", ""))]
    if choices:
        said.append("One of " + ", ".join(map(code, choices)) + ".")
    return " ".join([*said, *(f"{limit}." for limit in limits)])


def _default(field: Mapping[str, Any]) -> str:
    value = field.get("default")
    return (
        ""
        if value in (None, "", [], {})
        else code({True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else value)
    )


def _type(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return _linked(field["$ref"])
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(filter(None, map(_type, field["anyOf"]))))
    kinds = field.get("type", "string" if "enum" in field else "any")
    named = [kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"]
    if named == ["array"]:
        return f"list of {_type(field.get('items', {}))}"
    if named == ["object"] and field.get("additionalProperties"):
        return "object"
    return " or ".join(named)


def _linked(reference: str) -> str:
    name = reference.rsplit("/", 1)[-1]
    for title, model in _SECTIONS.items():
        if model == name:
            return f"[{title.lower()}](#{title.lower().replace(' ', '-')})"
    return "any" if name == "JsonValue" else name
