"""Headers of requests: checked (RFC 9110 §5.5, §5.6.2) and merged without regard to case."""

import re
from collections.abc import Mapping

from .._errors import ConnectorBoundaryError

HeaderTable = Mapping[str, tuple[str, str]]
"""Name in lower case → (name as written, value)."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


def header_table(headers: object, where: str = "headers") -> dict[str, tuple[str, str]]:
    """The headers by their lower-case names, values trimmed.

    Raises ConnectorBoundaryError if they are no mapping of header names to header values; it never quotes a value.
    """
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise ConnectorBoundaryError(f"{where} must be a mapping of names to strings, not {type(headers).__name__}")
    return {_checked_name(name).lower(): (name, header_value(name, value)) for name, value in headers.items()}


def _checked_name(name: object) -> str:
    if isinstance(name, str) and _TOKEN.fullmatch(name):
        return name
    raise ConnectorBoundaryError(
        f"{name!r} cannot be the name of a header: letters, digits and any of !#$%&'*+-.^_`|~ are allowed"
    )


def header_value(name: str, value: object) -> str:
    """The value, trimmed of spaces and tabs. ``name`` is what an error calls it."""
    if not isinstance(value, str):
        raise ConnectorBoundaryError(f"the value of {name} must be a string, not {type(value).__name__}")
    if _UNSENDABLE.search(value):
        raise ConnectorBoundaryError(f"the value of {name} holds a line break or another control character")
    return value.strip(" \t")
