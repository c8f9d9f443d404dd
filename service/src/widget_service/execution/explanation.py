"""What a call resolved to, for an admin: every value with its origin, secrets by their template text."""

from collections.abc import Iterator
from typing import Any, Final

from widget_service.connectors.compiling import CompiledConnector
from widget_service.execution.call import encode_query
from widget_service.execution.execution import Execution, Pair, QueryPair
from widget_service.templating.masking import MASK, shown

FROM_CONNECTOR: Final = "connector"
FROM_CALLER: Final = "caller"
FROM_CALLER_OVER: Final = "caller, in place of the connector's"
FROM_AUTHENTICATION: Final = "authentication"
FROM_URL: Final = "url"

_MAX_BODY_CHARACTERS: Final = 64 * 1024


def explain(execution: Execution) -> dict[str, Any]:
    """Return the resolved request as plain data.

    ``{"url", "method", "headers": [{"name", "value", "from"}], "query_parameters": [the same], "authentication",
    "request_body", "response_body", "response_content_type"}``. Where a secret went into a value, the value is its
    template text. What was not resolved, because an error came first, is missing.
    """
    if not hasattr(execution, "connector"):
        return {}
    connector = execution.connector
    explained: dict[str, Any] = {"permalink": connector.permalink, "method": connector.method}
    if hasattr(execution, "request"):
        request = execution.request
        explained |= {
            "url": request.base_url,
            "headers": [_told(*told) for told in _headers(execution, request.headers)],
            "query_parameters": [_told(*told) for told in _query(execution, request.query)],
            "request_body": _body_text(request.body),
        }
    explained |= {
        "authentication": _authentication(execution),
        "response_body": connector.definition.response_body or None,
        "response_content_type": connector.response_content_type or None,
    }
    return explained


def as_curl(explained: dict[str, Any]) -> str:
    """Return a command that makes the same request, with template texts in the places of secrets."""
    query = encode_query([(pair["name"], pair["value"]) for pair in explained.get("query_parameters", ())])
    parts = [f"curl -X {explained['method']}", _quoted(explained["url"] + query)]
    parts += [f"-H {_quoted(pair['name'] + ': ' + pair['value'])}" for pair in explained.get("headers", ())]
    if explained.get("request_body"):
        parts.append(f"--data-raw {_quoted(explained['request_body'])}")
    return " \\\n  ".join(parts)


def _headers(execution: Execution, headers: list[Pair]) -> Iterator[tuple[str, str, str]]:
    connector, caller = execution.connector, execution.call.headers
    declared = {parameter.key.lower(): parameter for parameter in connector.headers}
    for name, value in headers:
        lower = name.lower()
        parameter = declared.get(lower)
        if _is_credential(execution, "header", lower):
            yield name, _credential_text(connector), FROM_AUTHENTICATION
        elif parameter is None:
            yield name, value, FROM_CALLER
        elif parameter.overridable and lower in caller:
            yield name, value, FROM_CALLER_OVER
        else:
            yield name, shown(parameter.template, value), FROM_CONNECTOR


def _query(execution: Execution, query: list[QueryPair]) -> Iterator[tuple[str, str | None, str]]:
    connector = execution.connector
    declared = {parameter.key: parameter for parameter in connector.query}
    given = {key for key, _ in execution.call.query()}
    for key, value in query:
        parameter = declared.get(key)
        if _is_credential(execution, "query", key):
            yield key, _credential_text(connector), FROM_AUTHENTICATION
        elif parameter is None:
            yield key, value, FROM_CALLER if key in given else FROM_URL
        elif parameter.overridable and key in given:
            yield key, value, FROM_CALLER_OVER
        else:
            yield key, shown(parameter.template, value or ""), FROM_CONNECTOR


def _is_credential(execution: Execution, place: str, key: str) -> bool:
    credential = execution.credential
    if credential is None or credential.place != place:
        return False
    return (credential.key.lower() if place == "header" else credential.key) == key


def _credential_text(connector: CompiledConnector) -> str:
    """What authentication sets, without what is secret in it."""
    config = _config(connector)
    match connector.definition.authentication.type if connector.definition.authentication else "none":
        case "api_key":
            return _template_text(config["value"])
        case "bearer":
            return f"Bearer {_template_text(config['token'])}"
        case "basic":
            return f"Basic base64({_template_text(config['username'])}:{_template_text(config['password'])})"
        case "jwt":
            return "Bearer <signed token>"
        case _:
            return "Bearer <access token>"


def _template_text(value: Any) -> str:
    """A credential that stands in the definition itself, and not as a secret, is hidden whole."""
    text = str(value)
    return text if "get_secret" in text else MASK


def _authentication(execution: Execution) -> dict[str, Any] | None:
    """Return ``{"type", "steps": [{"what", "ms"}]}``; what signing in did, in its order, where it did anything."""
    authentication = execution.connector.definition.authentication
    if authentication is None:
        return None
    steps = [{"what": step.what, "ms": round(step.ms, 2)} for step in execution.sign_in]
    return {"type": authentication.type} | ({"steps": steps} if steps else {})


def _config(connector: CompiledConnector) -> dict[str, Any]:
    authentication = connector.definition.authentication
    return dict(authentication.config) if authentication is not None else {}


def _body_text(body: bytes | None) -> str | None:
    if body is None:
        return None
    try:
        return body.decode("utf-8")[:_MAX_BODY_CHARACTERS]
    except UnicodeDecodeError:
        return f"<{len(body)} bytes that are no text>"


def _told(name: str, value: str | None, source: str) -> dict[str, str | None]:
    return {"name": name, "value": value, "from": source}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
