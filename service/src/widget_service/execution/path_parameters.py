"""Path parameters: read from ``X-Path-Params``, completed by defaults, checked before they enter the URL."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from widget_service.errors import CallerError, ServiceError

if TYPE_CHECKING:
    from widget_service.connectors.compiling import CompiledConnector

HEADER = "X-Path-Params"
MAX_HEADER_LENGTH = 4096

_VALUE = re.compile(r"[A-Za-z0-9._~-]{1,200}")


def resolve_path_parameters(connector: "CompiledConnector", header: str | None) -> Mapping[str, str]:
    """Return the value of each path parameter that the connector's URL uses.

    Raises `ServiceError`: ``CONNECTOR_MISCONFIGURED`` for one that the URL uses and nobody declared, then
    ``MISSING_PATH_PARAMETERS``, then ``INVALID_PATH_PARAMETERS``, each naming all that are concerned.
    """
    if not connector.url_path_parameters:
        if header:
            parse_path_parameters(header)
        return {}
    given = parse_path_parameters(header) if header else {}
    undeclared = sorted(connector.url_path_parameters - connector.path_parameters.keys())
    if undeclared:
        raise ServiceError(
            "CONNECTOR_MISCONFIGURED",
            f"The connector's URL uses {_listed(undeclared)}, which its path_parameters do not declare.",
            params=undeclared,
        )
    values = {name: _value_of(connector, name, given) for name in sorted(connector.url_path_parameters)}
    _check(values)
    return {name: value for name, value in values.items() if value is not None}


def parse_path_parameters(header: str) -> dict[str, str]:
    """Read the header, encoded like a query string; a key twice is refused."""
    if len(header) > MAX_HEADER_LENGTH:
        raise CallerError("INVALID_PATH_PARAMETERS", f"{HEADER} is longer than {MAX_HEADER_LENGTH} characters.")
    try:
        pairs = parse_qsl(header, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise CallerError(
            "INVALID_PATH_PARAMETERS", f"{HEADER} must be encoded like a query string: id=42&size=M."
        ) from None
    values: dict[str, str] = {}
    for key, value in pairs:
        if key in values:
            raise CallerError("INVALID_PATH_PARAMETERS", f"{HEADER} names '{_shown(key)}' twice.", params=[_shown(key)])
        values[key] = value
    return values


def is_path_value(value: str) -> bool:
    """1-200 unreserved characters (RFC 3986 §2.3), and never a step up the path."""
    return _VALUE.fullmatch(value) is not None and value != "." and ".." not in value


def _value_of(connector: "CompiledConnector", name: str, given: Mapping[str, str]) -> str | None:
    parameter = connector.path_parameters[name]
    if parameter.overridable is not False and name in given:
        return given[name]
    return parameter.value


def _check(values: Mapping[str, str | None]) -> None:
    missing = [name for name, value in values.items() if value is None]
    if missing:
        raise CallerError(
            "MISSING_PATH_PARAMETERS", f"The call must give {_listed(missing)} in pathParams.", params=missing
        )
    invalid = [name for name, value in values.items() if value is not None and not is_path_value(value)]
    if invalid:
        raise CallerError(
            "INVALID_PATH_PARAMETERS",
            f"The value of {_listed(invalid)} must be 1-200 characters of A-Z a-z 0-9 . _ ~ -, without '..'.",
            params=invalid,
        )


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _shown(key: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in key[:60])
