"""What a call resolved to, for an admin: every value with its origin, secrets by their template text."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from widget_service.connectors.compiling import CompiledConnector, CompiledParameter
from widget_service.connectors.literal_credentials import is_credential_name, is_literal
from widget_service.execution.execution import Execution, Pair, QueryPair
from widget_service.execution.headers import NEVER_FROM_CALLER
from widget_service.templating.masking import MASK, shows_value

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
    template text. What was not resolved, because an error came first, is missing. A body of more than 64 Ki characters
    is told by its first ones, and ``request_body_cut`` says how many there are.
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
            **_body(request.body),
        }
    explained |= {
        "authentication": _authentication(execution),
        "response_body": connector.definition.response_body or None,
        "response_content_type": connector.response_content_type or None,
    }
    return explained


def _headers(execution: Execution, headers: list[Pair]) -> Iterator[tuple[str, str, str]]:
    connector, caller = execution.connector, execution.call.headers
    given = {name: {value.strip()} for name, value in caller.items() if name not in NEVER_FROM_CALLER}
    declared = _by_key(connector.headers, str.lower, given)
    for name, value in headers:
        lower = name.lower()
        if _is_credential(execution, "header", lower):
            yield name, _credential_text(connector), FROM_AUTHENTICATION
        elif lower not in declared:
            yield name, value, FROM_CALLER
        else:
            yield name, *declared[lower].told(value)


def _query(execution: Execution, query: list[QueryPair]) -> Iterator[tuple[str, str | None, str]]:
    connector = execution.connector
    given: dict[str, set[str]] = {}
    for key, given_value in execution.call.query():
        given.setdefault(key, set()).add(given_value)
    declared = _by_key(connector.query, str, given)
    for key, value in query:
        if _is_credential(execution, "query", key):
            yield key, _credential_text(connector), FROM_AUTHENTICATION
        elif key not in declared:
            yield key, value, FROM_CALLER if key in given else FROM_URL
        else:
            yield key, *declared[key].told(value or "")


class _Declared:
    """The configured parameters of one key, which stand in the request in their order; ``given`` are the caller's."""

    def __init__(self, key: str, parameters: list[CompiledParameter], given: Collection[str]) -> None:
        self._is_credential = is_credential_name(key)
        self._given = given if any(parameter.overridable for parameter in parameters) else ()
        self._left = [parameter.template for parameter in parameters if not (parameter.overridable and given)]
        # Which value is whose is not told by the request: one that reads a secret hides them all.
        self._shows = all(shows_value(parameter.template) for parameter in parameters)

    def told(self, value: str) -> tuple[str, str]:
        """Return what is shown of the next value of the key, and where it came from."""
        if value in self._given:
            return value, FROM_CALLER_OVER
        template = self._left.pop(0) if self._left else None
        if template is None or (self._is_credential and is_literal(template.source)):
            return MASK, FROM_CONNECTOR
        return (value if self._shows else template.source), FROM_CONNECTOR


def _by_key(
    parameters: Iterable[CompiledParameter], normal: Callable[[str], str], given: Mapping[str, Collection[str]]
) -> dict[str, _Declared]:
    found: dict[str, list[CompiledParameter]] = {}
    for parameter in parameters:
        found.setdefault(normal(parameter.key), []).append(parameter)
    return {key: _Declared(key, same, given.get(key, ())) for key, same in found.items()}


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
    return MASK if is_literal(text) or "get_secret" not in text else text


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


def _body(body: bytes | None) -> dict[str, Any]:
    if body is None:
        return {"request_body": None}
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return {"request_body": f"<{len(body)} bytes that are no text>"}
    cut = {"request_body_cut": len(text)} if len(text) > _MAX_BODY_CHARACTERS else {}
    return {"request_body": text[:_MAX_BODY_CHARACTERS], **cut}


def _told(name: str, value: str | None, source: str) -> dict[str, str | None]:
    return {"name": name, "value": value, "from": source}
