"""The types of which definitions are made: what a field accepts beside its plain type, and its limits."""

import re
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from widget_service.connectors.permalink import MAX_PERMALINK_LENGTH, PERMALINK_PATTERN

HEADER_NAME_PATTERN = r"^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$"
PATH_VALUE_PATTERN = r"^(?!\.$)(?!.*\.\.)[A-Za-z0-9._~-]{1,200}$"
MAX_NAME_LENGTH = 255
MAX_URL_LENGTH = 2048
TEMPLATE_MARK = re.compile(r"\{[{%#]")

PATTERNS: Final = {
    PERMALINK_PATTERN: "lowercase letters, digits and single hyphens between them, such as 'my-connector'",
    HEADER_NAME_PATTERN: "a header name: letters, digits, hyphens and !#$%&'*+.^_`|~, without spaces or templates",
}
"""What each pattern means, for messages."""


class DefinitionModel(BaseModel):
    """A part of a definition: immutable, strict about types; null is the same as absent, unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {name: value for name, value in data.items() if value is not None}
        return data


def is_templated(text: str) -> bool:
    """Whether ``text`` holds the mark of a Jinja2 expression, statement or comment."""
    return TEMPLATE_MARK.search(text) is not None


def _scalar_as_text(value: Any) -> Any:
    """Write whole numbers and booleans as JSON does; refuse fractions, whose digits depend on who writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        raise PydanticCustomError(
            "wrong_type", "is a number with a fraction", {"expected": f'text, as it shall be sent: "{value}"'}
        )
    return value


def _integral(value: Any) -> Any:
    """``60.0`` is the same JSON number as ``60``."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


PositiveNumber = Annotated[int, Field(ge=1), BeforeValidator(_integral)]
Attempts = Annotated[int, Field(ge=1, le=3), BeforeValidator(_integral)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME_LENGTH)]
Permalink = Annotated[str, StringConstraints(pattern=PERMALINK_PATTERN, max_length=MAX_PERMALINK_LENGTH)]
HeaderName = Annotated[str, StringConstraints(pattern=HEADER_NAME_PATTERN, max_length=255)]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
METHODS = get_args(Method)
UrlText = Annotated[str, StringConstraints(min_length=1, max_length=MAX_URL_LENGTH)]

ParameterValue = Annotated[
    str,
    StringConstraints(max_length=1000),
    BeforeValidator(_scalar_as_text),
    WithJsonSchema({"type": ["string", "integer", "boolean"], "maxLength": 1000}),
]
"""Text of at most 1000 characters; whole numbers and booleans are taken for their text."""

PathValue = Annotated[
    str,
    BeforeValidator(_scalar_as_text),
    WithJsonSchema({"type": ["string", "integer", "boolean"], "pattern": PATH_VALUE_PATTERN}),
]
"""Text that can stand in a path; what it may hold is checked with the rules of callers' values."""

ConfigText = Annotated[
    str,
    Field(min_length=1),
    BeforeValidator(_scalar_as_text),
    WithJsonSchema({"type": ["string", "integer", "boolean"], "minLength": 1}),
]
"""A template in an authentication's configuration, which must not be empty."""

BlankConfigText = Annotated[
    str, BeforeValidator(_scalar_as_text), WithJsonSchema({"type": ["string", "integer", "boolean"]})
]
"""The same, where an empty text has a meaning."""
