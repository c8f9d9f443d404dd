"""The JSON Schema of ``connectors_registry.json``, made of the models, so that editors complete and check it.

``python -m widget_service.connectors.schema`` prints it; it is published as ``protocol/registry.schema.json``. It
says what a schema can: types, limits, patterns, choices. Null is admitted wherever a field may be absent, and fields
that nobody knows are not refused.
"""

import json
import sys
from typing import Annotated, Any

from pydantic import Field
from pydantic.json_schema import models_json_schema

from widget_service.connectors.authentication_config import ALIASES, CONFIGS, config_model
from widget_service.connectors.definition import CompositeDefinition, ConnectorDefinition, StepDefinition
from widget_service.connectors.fields import DefinitionModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_List = Field(strict=False)
JsonSchema = dict[str, Any]


class Registry(DefinitionModel):
    """Connectors and composite connectors, synced from this file: all of them, or none if one has an error."""

    connectors: Annotated[tuple[ConnectorDefinition, ...], _List] = Field(default=(), description="Connectors.")
    composite_connectors: Annotated[tuple[CompositeDefinition, ...], _List] = Field(
        default=(), description="Connectors that run several requests as one."
    )


def registry_schema() -> JsonSchema:
    """Return the JSON Schema (2020-12) of a registry of connectors."""
    models: list[type[DefinitionModel]] = [Registry, *CONFIGS.values()]
    _, combined = models_json_schema([(model, "validation") for model in models])
    definitions = {name: _tidied(schema) for name, schema in combined["$defs"].items()}
    definitions["Authentication"] |= _authentication_rules()
    definitions["StepDefinition"] |= _step_rules(definitions["StepDefinition"]["properties"])
    root = definitions.pop("Registry")
    root["properties"]["$schema"] = {"type": "string", "description": "Where this schema is, for editors."}
    return {"$schema": DIALECT, "title": "connectors_registry.json", **root, "$defs": definitions}


def _tidied(schema: JsonSchema) -> JsonSchema:
    """Drop titles, which only repeat names, and admit null for what may be absent."""
    required = schema.get("required", ())
    properties = {
        name: _without_title(field) if name in required else _nullable(_without_title(field))
        for name, field in schema.get("properties", {}).items()
    }
    return _without_title(schema) | ({"properties": properties} if properties else {})


def _without_title(schema: JsonSchema) -> JsonSchema:
    return {name: value for name, value in schema.items() if name != "title"}


def _nullable(schema: JsonSchema) -> JsonSchema:
    """Return ``schema`` of an optional field with null for absent; a default that says no more than that goes."""
    schema = {name: value for name, value in schema.items() if name != "default" or value not in (None, "", [], {})}
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], None], "type": [schema["type"], "null"]}
    if isinstance(schema.get("type"), str):
        return schema | {"type": [schema["type"], "null"]}
    alternatives = schema.pop("anyOf")
    return {"anyOf": [*(one for one in alternatives if one != {"type": "null"}), {"type": "null"}], **schema}


def _authentication_rules() -> JsonSchema:
    """The config that each type needs."""
    types = [*CONFIGS, *ALIASES]
    return {
        "properties": {
            "type": {"enum": [*types, None], "default": "none", "description": "The way to sign in."},
            "config": {"type": ["object", "null"], "description": "What the type needs."},
        },
        "allOf": [_config_rule(name) for name in types if name != "none"],
        "if": {"properties": {"type": {"type": "null"}}},
        "then": {"properties": {"config": {"maxProperties": 0}}},
    }


def _config_rule(name: str) -> JsonSchema:
    model = config_model(name)
    config = {"$ref": f"#/$defs/{model.__name__ if model else ''}"}
    return {
        "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
        "then": {"properties": {"config": config}, "required": ["config"]},
    }


def _step_rules(properties: JsonSchema) -> JsonSchema:
    """A step makes a request of its own, whose path parameters are ignored, or runs a stored connector."""
    absent = {name: {"type": "null"} for name in StepDefinition.fixed_by_connector}
    path_parameters = properties["path_parameters"]
    return {
        "properties": properties | {"path_parameters": {"description": path_parameters["description"]}},
        "if": {"properties": {"connector": {"not": {"type": "null"}}}, "required": ["connector"]},
        "then": {"properties": {**absent, "path_parameters": path_parameters}},
        "else": {"properties": {"url": {"type": "string"}}, "required": ["url"]},
    }


def main() -> None:
    """Print the schema."""
    json.dump(registry_schema(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
