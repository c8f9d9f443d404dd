"""The wire protocol as an OpenAPI 3.1 document, made from the same tables that the service answers from.

``python -m widget_service.openapi > protocol/openapi.json`` renews the copy that other implementations read.
"""

import json
from typing import Any

from widget_service._version import __version__
from widget_service.errors import STATUS_BY_CODE
from widget_service.execution.batch.items import MAX_EXECUTIONS

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
METHODS_WITH_BODY = frozenset({"post", "put", "patch"})

_TIMING_HEADERS = {
    "X-Request-ID": "the caller's own request id, or a UUID",
    "Server-Timing": "the time of each stage, in milliseconds",
    "X-Connector-Timing": "the same as one JSON object: request_id, total_ms, internal_ms, external_ms, breakdown",
}

_RATE_HEADERS = {
    "RateLimit-Policy": "the rates that the call was counted for, if any (draft-ietf-httpapi-ratelimit-headers-10)",
    "RateLimit": "what is left of each, and the seconds until it starts anew",
}


def openapi_document(*, path_prefix: str = "/widget-service") -> dict[str, Any]:
    """Return the document as plain data."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Widget Service",
            "version": __version__,
            "summary": "Executes connectors: stored HTTP calls whose credentials never leave the service.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": {
            path_prefix + "/connectors/{permalink}/execute": _execute_path(),
            path_prefix + "/connectors/composite/{permalink}/execute": _composite_path(),
            path_prefix + "/batch": _batch_path(),
            "/session": _session_path(),
            "/healthz": {"get": _operation("health", "Whether the process is alive.", {"200": _described("alive")})},
            "/openapi.json": {"get": _operation("openapi", "This document.", {"200": _described("the document")})},
        },
        "components": {
            "schemas": {
                "Error": _error_schema(),
                "Session": _session_schema(),
                "User": _user_schema(),
                "Batch": _batch_schema(),
                "ExecutionResult": _result_schema(),
            },
            "securitySchemes": {
                "userToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "session": {"type": "apiKey", "in": "cookie", "name": "widget_service_session"},
            },
        },
        "security": [{}, {"userToken": []}, {"session": []}],
    }


def _execute_path() -> dict[str, Any]:
    path: dict[str, Any] = {
        "parameters": [
            _parameter("path", "permalink", "which connector", pattern="^[a-z0-9]+(?:-[a-z0-9]+)*$", maxLength=255),
            _parameter("header", "X-Path-Params", "path parameters, encoded like a query string", maxLength=4096),
            _parameter("header", "X-CSRF-Token", "the session's CSRF token; required with the session's cookie"),
            _parameter("header", "X-Request-ID", "a request id of the caller's own"),
            {
                "in": "query",
                "name": "query",
                "description": "query parameters for the destination, as the connector admits them",
                "style": "form",
                "explode": True,
                "schema": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        ]
    }
    for method in METHODS:
        operation = _operation(f"execute_{method}", "Execute a connector by its own method.", _execute_responses())
        if method in METHODS_WITH_BODY:
            operation["requestBody"] = {
                "description": "the payload; other content types pass through as they are",
                "content": {"application/json": {"schema": {}}, "*/*": {"schema": {}}},
            }
        path[method] = operation
    return path


def _composite_path() -> dict[str, Any]:
    parameters = [parameter for parameter in _execute_path()["parameters"] if parameter["name"] != "X-Path-Params"]
    operation = _operation("execute_composite", "Execute a composite connector.", _execute_responses())
    content: dict[str, Any] = {"application/json": {"schema": {}}, "*/*": {"schema": {}}}
    operation["requestBody"] = {"description": "what its steps see as request.body_text", "content": content}
    return {"parameters": parameters, "post": operation}


def _batch_path() -> dict[str, Any]:
    line = {"$ref": "#/components/schemas/ExecutionResult"}
    answer = {
        "description": "A line of JSON for each execution, as it is over.",
        "content": {"application/x-ndjson": {"schema": line}},
    }
    statuses = ("400", "401", "403", "413", "421", "429", "503")
    refused = {"description": "the batch as a whole is refused", "content": _json_content("Error")}
    operation = _operation(
        "batch", "Execute up to 50 connectors in one request.", {"200": answer, **dict.fromkeys(statuses, refused)}
    )
    operation["requestBody"] = {"required": True, "content": _json_content("Batch")}
    return {
        "parameters": [
            _parameter("header", "X-CSRF-Token", "the session's CSRF token; required with the session's cookie"),
            _parameter("header", "X-Request-ID", "a request id of the caller's own"),
        ],
        "post": operation,
    }


def _batch_schema() -> dict[str, Any]:
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    scalars = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}
    numbers = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
    execution = {
        "type": "object",
        "required": ["permalink"],
        "additionalProperties": False,
        "properties": {
            "permalink": {"type": ["string", "integer"], "description": "of a composite also a number"},
            "method": {"enum": [method.upper() for method in METHODS], "description": "needed but for composites"},
            "payload": {"description": "the JSON body, passed on as it is written"},
            "queryParams": scalars,
            "pathParams": numbers,
            "headers": texts,
            "composite": {"type": "boolean", "default": False},
        },
    }
    return {
        "type": "object",
        "required": ["executions"],
        "additionalProperties": False,
        "properties": {"executions": {"type": "array", "maxItems": MAX_EXECUTIONS, "items": execution}},
    }


def _result_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["index", "status", "headers"],
        "properties": {
            "index": {"type": "integer", "description": "which execution, from 0"},
            "status": {"type": "integer"},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "body": {"description": "the answer, where it is JSON"},
            "body_base64": {"type": "string", "description": "the answer, where it is anything else"},
        },
    }


def _execute_responses() -> dict[str, Any]:
    headers = {
        name: {"description": description, "schema": {"type": "string"}}
        for name, description in (_TIMING_HEADERS | _RATE_HEADERS).items()
    }
    responses: dict[str, Any] = {
        "default": {
            "description": "The destination's status and its (transformed) body. An answer of the destination with "
            "another status than 2xx carries X-Connector-Upstream-Status.",
            "headers": headers,
            "content": {"*/*": {"schema": {}}},
        }
    }
    for status in sorted(set(STATUS_BY_CODE.values())):
        codes = ", ".join(code for code, value in STATUS_BY_CODE.items() if value == status)
        responses[str(status)] = {"description": codes, "headers": headers, "content": _json_content("Error")}
    return responses


def _session_path() -> dict[str, Any]:
    session = {"description": "the session", "content": _json_content("Session")}
    refused = {"description": "refused", "content": _json_content("Error")}
    errors = dict.fromkeys(("400", "401", "403", "421", "429", "503"), refused)
    opening = {
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"token": {"type": "string", "description": "a user token"}},
                    "additionalProperties": False,
                }
            }
        }
    }
    return {
        "get": _operation(
            "show_session", "The session of the cookie, with its CSRF token.", {"200": session, **errors}
        ),
        "post": {
            **_operation(
                "open_session", "Open a session; without a token an anonymous one.", {"200": session, **errors}
            ),
            "requestBody": opening,
        },
        "delete": {
            **_operation("end_session", "End the session.", {"204": _described("ended"), **errors}),
            "parameters": [_parameter("header", "X-CSRF-Token", "the session's CSRF token")],
        },
    }


def _error_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["success", "errors", "request_id"],
        "properties": {
            "success": {"const": False},
            "request_id": {"type": "string"},
            "errors": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "code": {"enum": list(STATUS_BY_CODE)},
                    "detail": {"type": "string"},
                    "scope": {"type": "string"},
                    "params": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    }


def _session_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["csrf_token", "user", "expires_at"],
        "properties": {
            "csrf_token": {"type": "string"},
            "user": {"anyOf": [{"$ref": "#/components/schemas/User"}, {"type": "null"}]},
            "expires_at": {"type": "integer", "description": "Unix seconds"},
        },
    }


def _user_schema() -> dict[str, Any]:
    text = {"type": ["string", "null"]}
    names = ("email", "username", "first_name", "last_name")
    return {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string"}, **dict.fromkeys(names, text), "profile_fields": {"type": "object"}},
    }


def _operation(operation_id: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": operation_id, "summary": summary, "responses": responses}


def _parameter(place: str, name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "in": place,
        "name": name,
        "required": place == "path",
        "description": description,
        "schema": {"type": "string", **schema},
    }


def _json_content(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _described(description: str) -> dict[str, Any]:
    return {"description": description}


if __name__ == "__main__":
    print(json.dumps(openapi_document(), indent=2))
