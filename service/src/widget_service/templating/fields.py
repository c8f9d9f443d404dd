"""Which names templates may use, by the field that they stand in."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Field(StrEnum):
    """A place for templates in a definition."""

    URL = "url"
    HEADERS = "headers"
    QUERY = "query_parameters"
    AUTH = "authentication"
    REQUEST_BODY = "request_body"
    RESPONSE_BODY = "response_body"


_ALL = frozenset(Field)
_BODIES = frozenset({Field.REQUEST_BODY, Field.RESPONSE_BODY})
_CREDENTIALS = frozenset({Field.HEADERS, Field.QUERY, Field.AUTH})
_REQUEST = _ALL - {Field.RESPONSE_BODY}

CONNECTOR_NAMES: Final[Mapping[str, frozenset[Field]]] = {
    "user": _ALL,
    "tenant_id": _ALL,
    "now": _ALL,
    "get_secret": _CREDENTIALS,
    "get_variable": _REQUEST - _BODIES,
    "jwt_encode": _CREDENTIALS,
    "pathParams": frozenset({Field.URL}),
    "body_text": frozenset({Field.REQUEST_BODY}),
    "body_raw": frozenset({Field.REQUEST_BODY}),
    "response": frozenset({Field.RESPONSE_BODY}),
}
"""The names of a connector's templates."""

STEP_NAMES: Final[Mapping[str, frozenset[Field]]] = {
    "user": _ALL,
    "tenant_id": _ALL,
    "now": _ALL,
    "steps": _ALL,
    "request": _ALL,
    "get_variable": _ALL,
    "get_secret": _CREDENTIALS,
    "jwt_encode": _REQUEST,
    "response": frozenset({Field.RESPONSE_BODY}),
}
"""The names of the templates of a composite's steps."""

USER_ATTRIBUTES: Final = frozenset({"id", "email", "username", "first_name", "last_name", "profile_fields"})


def names_of(*, composite: bool) -> Mapping[str, frozenset[Field]]:
    """Return the table of names: for each, the fields in which it is there."""
    return STEP_NAMES if composite else CONNECTOR_NAMES
