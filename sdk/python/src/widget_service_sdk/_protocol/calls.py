"""One execution as the caller wants it: every option checked before anything is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._errors import ConnectorBoundaryError
from .encoding import form_encoded, number_text, query_text
from .headers import HeaderTable, header_table
from .settings import checked_mapping, checked_timeout

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
METHODS_WITH_PAYLOAD = ("POST", "PUT", "PATCH")
MAX_PATH_PARAMS_LENGTH = 4096
MAX_PERMALINK_LENGTH = 255

_PERMALINK = re.compile("[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Call:
    """One execution, ready to be written: parameters are text already, None stands for what was not given."""

    permalink: str
    method: str
    payload: dict[str, Any] | None
    query_params: list[tuple[str, str]]
    path_params: list[tuple[str, str]]
    headers: HeaderTable
    timeout_ms: float | None
    composite: bool

    @property
    def sent_payload(self) -> dict[str, Any] | None:
        """The payload, if the method is one that has a body."""
        return self.payload if self.method in METHODS_WITH_PAYLOAD else None


def check_call(options: Mapping[str, Any], *, composite: bool = False) -> Call:
    """The call that these options (keywords) make. Raises ConnectorBoundaryError for one that cannot be sent."""
    permalink = _permalink(options.get("permalink"), composite=composite)
    try:
        return _check_rest(permalink, options, composite=composite)
    except ConnectorBoundaryError as error:
        raise ConnectorBoundaryError(error.reason, permalink=permalink) from None


def _check_rest(permalink: str, options: Mapping[str, Any], *, composite: bool) -> Call:
    get = options.get
    payload, timeout = get("payload"), get("timeout")
    return Call(
        permalink=permalink,
        method="POST" if composite else _method(get("method")),
        payload=None if payload is None else dict(checked_mapping(payload, "payload")),
        query_params=_query_params(get("query_params")),
        path_params=_path_params(get("path_params"), composite=composite),
        headers=header_table(get("headers")),
        timeout_ms=None if timeout is None else checked_timeout(timeout),
        composite=composite,
    )


def _permalink(value: object, *, composite: bool) -> str:
    if composite and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return str(value)
    if not isinstance(value, str):
        given = "None" if value is None else type(value).__name__
        raise ConnectorBoundaryError(f"permalink must be a string like 'weather-api', not {given}")
    if len(value) > MAX_PERMALINK_LENGTH:
        raise ConnectorBoundaryError(f"permalink has {len(value)} characters; {MAX_PERMALINK_LENGTH} is the limit")
    if not _PERMALINK.fullmatch(value):
        raise ConnectorBoundaryError(
            f"permalink {value!r} must consist of lower-case letters and digits, with single hyphens between them"
        )
    return value


def _method(value: object) -> str:
    if isinstance(value, str) and value in METHODS:
        return value
    raise ConnectorBoundaryError(f"method must be one of {', '.join(METHODS)}, in upper case, not {value!r:.100}")


def _query_params(value: object) -> list[tuple[str, str]]:
    if value is None:
        return []
    given = checked_mapping(value, "query_params")
    return [(_key(name), _query_value(name, item)) for name, item in given.items() if item is not None]


def _query_value(name: object, value: object) -> str:
    try:
        return query_text(value)
    except ValueError as error:
        raise ConnectorBoundaryError(f"the query parameter {name!r} cannot be sent: {error}") from None


def _path_params(value: object, *, composite: bool) -> list[tuple[str, str]]:
    if value is None:
        return []
    given = checked_mapping(value, "path_params")
    if composite and given:
        raise ConnectorBoundaryError("path_params: a composite connector has no path parameters")
    pairs = [(_path_key(name), _path_value(name, item)) for name, item in given.items()]
    length = len(form_encoded(pairs))
    if length > MAX_PATH_PARAMS_LENGTH:
        raise ConnectorBoundaryError(
            f"the path parameters have {length} characters once encoded; {MAX_PATH_PARAMS_LENGTH} is the limit"
        )
    return pairs


def _key(name: object) -> str:
    if not isinstance(name, str):
        raise ConnectorBoundaryError(f"the key {name!r} of a parameter must be a string")
    return name


def _path_key(name: object) -> str:
    if not _key(name).strip():
        raise ConnectorBoundaryError(f"the key {name!r} of a path parameter is blank")
    return _key(name)


def _path_value(name: object, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConnectorBoundaryError(
            f"the path parameter {name!r} must be a string or a number, not {type(value).__name__}"
        )
    try:
        return number_text(value)
    except ValueError as error:
        raise ConnectorBoundaryError(f"the path parameter {name!r} cannot be sent: {error}") from None
