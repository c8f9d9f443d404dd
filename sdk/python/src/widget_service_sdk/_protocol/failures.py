"""From an answer without success to the error that it means."""

from collections.abc import Mapping
from typing import Any

from .._errors import (
    ConnectorAuthenticationError,
    ConnectorExecuteError,
    ConnectorNotFoundError,
    ConnectorUpstreamError,
)
from .base_url import origin_of
from .json_text import load_json
from .messages import failure
from .wire import Answer, Subject

UPSTREAM_STATUS = "x-connector-upstream-status"
"""The header that marks an answer of 3xx, 4xx or 5xx as the destination's own."""

INVALID_RESPONSE = "INVALID_RESPONSE"
"""The SDK's own code, for an answer that is not what an answer must be."""

RAW_HINT = "execute_raw reads it"
"""What to do with an answer of the destination that is not JSON."""

CLASS_OF_CODE: Mapping[str, type[ConnectorExecuteError]] = {
    "CONNECTOR_NOT_FOUND": ConnectorNotFoundError,
    "JWT_SIGNING_ERROR": ConnectorAuthenticationError,
    "OAUTH_TOKEN_ERROR": ConnectorAuthenticationError,
    "UPSTREAM_UNREACHABLE": ConnectorUpstreamError,
    "UPSTREAM_TLS_ERROR": ConnectorUpstreamError,
    "UPSTREAM_TIMEOUT": ConnectorUpstreamError,
    "UPSTREAM_INVALID_RESPONSE": ConnectorUpstreamError,
    "UPSTREAM_RESPONSE_TOO_LARGE": ConnectorUpstreamError,
    "UPSTREAM_REDIRECT": ConnectorUpstreamError,
}
"""The codes that have a class of their own."""

_CLASS_OF_SCOPE: Mapping[str, type[ConnectorExecuteError]] = {
    "Authentication": ConnectorAuthenticationError,
    "Downstream": ConnectorUpstreamError,
}
"""The older shape of errors has no code; the first word of its scope decides."""


def error_of(subject: Subject, answer: Answer) -> ConnectorExecuteError:
    """The error that an answer means which is no success.

    Decided in this order: the destination's own answer, a redirect, the envelope's code, the older shape, a bare 404.
    """
    content = _json_or_none(answer.body)
    if is_marked(answer.headers):
        return _upstream_answer(subject, answer, content)
    if answer.status < 400:
        return _redirect(subject, answer)
    fields = _error_fields(content if isinstance(content, dict) else {})
    fields["request_id"] = fields["request_id"] or answer.request_id
    return _service_error(subject, answer.status, fields)


def is_marked(headers: Mapping[str, str]) -> bool:
    """Whether an answer without success is the destination's own."""
    return UPSTREAM_STATUS in headers


def invalid_response(subject: Subject, answer: Answer, reason: str) -> ConnectorExecuteError:
    """An answer that is not what it must be; ``reason`` may quote its headers, never its body."""
    message = failure(subject, reason, INVALID_RESPONSE, f"status {answer.status}", _request(answer.request_id))
    return ConnectorExecuteError(
        message,
        permalink=subject.permalink,
        status=answer.status,
        code=INVALID_RESPONSE,
        detail=reason,
        request_id=answer.request_id,
    )


def _redirect(subject: Subject, answer: Answer) -> ConnectorExecuteError:
    elsewhere = origin_of(answer.headers.get("location", ""))
    where = f" to {elsewhere}" if elsewhere else ""
    reason = f"{subject.base_url} redirects{where}, which is not followed; set the base URL to the final address"
    return invalid_response(subject, answer, reason)


def _upstream_answer(subject: Subject, answer: Answer, content: Any) -> ConnectorExecuteError:
    common: dict[str, Any] = {
        "permalink": subject.permalink,
        "status": answer.status,
        "request_id": answer.request_id,
    }
    if answer.status == 401:
        reason = "the destination refuses the credentials; renew the secret that authentication reads"
        message = failure(subject, reason, "status 401", _request(answer.request_id))
        return ConnectorAuthenticationError(message, **common)
    reason = f"the destination answered {answer.status}{_where_to_read(answer, content)}"
    message = failure(subject, reason, f"status {answer.status}", _request(answer.request_id))
    return ConnectorUpstreamError(message, body=content, **common)


def _where_to_read(answer: Answer, content: Any) -> str:
    """The message never quotes the answer of a destination: APIs repeat the keys that they refuse."""
    if not answer.body:
        return ""
    return f"; {RAW_HINT if content is None else 'error.body has its answer'}"


def _service_error(subject: Subject, status: int, fields: dict[str, Any]) -> ConnectorExecuteError:
    kind = _error_class(status, fields)
    reason = fields["detail"] or fields["reason"]
    if reason is None and kind is ConnectorNotFoundError:
        reason = f"not found at {subject.base_url}; check permalink and base_url"
    message = failure(
        subject,
        reason or "no reason given; check permalink and base_url",
        fields["code"],
        fields["scope"] or fields["failure_scope"],
        f"status {status}",
        _request(fields["request_id"]),
    )
    return kind(message, permalink=subject.permalink, status=status, **fields)


def _error_class(status: int, fields: Mapping[str, Any]) -> type[ConnectorExecuteError]:
    if fields["code"]:
        return CLASS_OF_CODE.get(fields["code"]) or _class_of_new_code(fields["code"])
    kind = _CLASS_OF_SCOPE.get((fields["failure_scope"] or "").partition(" ")[0])
    return kind or (ConnectorNotFoundError if status == 404 else ConnectorExecuteError)


def _class_of_new_code(code: str) -> type[ConnectorExecuteError]:
    """A later service may know more ways in which a destination, or signing in to it, fails."""
    if code.startswith(("OAUTH_", "JWT_")):
        return ConnectorAuthenticationError
    return ConnectorUpstreamError if code.startswith("UPSTREAM_") else ConnectorExecuteError


def _error_fields(content: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of both shapes; None for what is absent or of another type than it must be."""
    envelope = content.get("errors")
    errors = envelope if isinstance(envelope, dict) else {}
    return {
        "code": _text(errors.get("code")),
        "detail": _text(errors.get("detail")),
        "scope": _text(errors.get("scope")),
        "params": errors.get("params"),
        "reason": _text(content.get("reason")),
        "failure_scope": _text(content.get("failure_scope")),
        "request_id": _text(content.get("request_id")),
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _request(request_id: str | None) -> str | None:
    return request_id and f"request {request_id}"


def _json_or_none(body: bytes) -> Any:
    try:
        return load_json(body)
    except ValueError:
        return None
