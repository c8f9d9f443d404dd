"""The OpenAPI document of the REST API, made of the same table that requests are answered by."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, TypeAdapter

from widget_service._version import __version__
from widget_service.admin.api.dispatch import PREFIX
from widget_service.admin.api.models import ErrorEnvelope, Query
from widget_service.admin.api.route import Route
from widget_service.admin.errors import STATUS_BY_CODE

_REF = "#/components/schemas/{model}"
_ALWAYS = ("AUTHENTICATION_REQUIRED", "ACCESS_DENIED", "INVALID_REQUEST", "UNKNOWN_HOST", "UNAVAILABLE")
_ABOUT = (
    "For admins and their programs, on the admin origin. Send an API token as `Authorization: Bearer …`; pages of the "
    "admin origin use their session's cookie, and `X-CSRF-Token` where something changes. Every error has the envelope."
)


def contract(table: Iterable[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for route in table:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route, schemas)
    _reference(ErrorEnvelope, schemas, "serialization")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Widget Service: admin API", "version": __version__, "description": _ABOUT},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    needs = f"Needs {route.access}."
    operation: dict[str, Any] = {
        "operationId": route.name,
        "tags": [route.path.split("/")[1]],
        "summary": route.summary,
        "description": f"{route.description}\n\n{needs}".strip(),
        "parameters": [*_path_parameters(route), *_query_parameters(route.query), *_conditions(route)],
        "responses": _responses(route, schemas),
    }
    if route.body is not None:
        content: dict[str, Any] = {"schema": _reference(route.body, schemas, "validation")}
        if route.example is not None:
            content["example"] = dict(route.example)
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        | ({"example": route.example_path[name]} if name in route.example_path else {})
        for name in re.findall(r"{(\w+)", route.path)
    ]


def _query_parameters(model: type[Query]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": member.pop("description", ""),
            "schema": member,
        }
        for name, member in schema["properties"].items()
    ]


def _conditions(route: Route) -> list[dict[str, Any]]:
    if not route.is_conditional:
        return []
    return [{"name": name, "in": "header", "schema": {"type": "string"}} for name in ("If-Match", "If-None-Match")]


def _responses(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    if route.answers is None:
        responses: dict[str, Any] = {"204": {"description": "Done."}}
    else:
        schema = _reference(route.answers, schemas, "serialization")
        responses = {str(route.status): {"description": "Done.", "content": {"application/json": {"schema": schema}}}}
    if route.method == "PUT" and route.answers is not None:
        responses["201"] = {**responses[str(route.status)], "description": "Made."}
    codes = {*_ALWAYS, *route.errors, "CSRF_FAILED", "ORIGIN_NOT_ALLOWED", "INVALID_TOKEN", "NOT_FOUND"}
    if route.body is not None:
        codes |= {"REQUEST_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "INVALID", "CONFLICT"}
    if route.is_conditional:
        codes |= {"PRECONDITION_FAILED", "PRECONDITION_REQUIRED"}
        if route.method == "GET":
            responses["304"] = {"description": "Unchanged."}
    by_status: dict[int, list[str]] = {}
    for code in sorted(codes):
        by_status.setdefault(STATUS_BY_CODE[code], []).append(code)
    envelope = {"application/json": {"schema": {"$ref": _REF.format(model="ErrorEnvelope")}}}
    for status, names in sorted(by_status.items()):
        responses[str(status)] = {"description": ", ".join(names), "content": envelope}
    return responses


def _reference(shape: Any, schemas: dict[str, Any], mode: Any) -> dict[str, Any]:
    """Return a reference to the shape, which is put among the schemas with all that it refers to."""
    schema = TypeAdapter(shape).json_schema(mode=mode, ref_template=_REF)
    schemas |= schema.pop("$defs", {})
    if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
        return schema
    name = re.sub(r"\W+", "_", shape.__name__).strip("_")
    schemas[name] = schema
    return {"$ref": _REF.format(model=name)}
