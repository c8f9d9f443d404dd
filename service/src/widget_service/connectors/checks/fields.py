"""Types and limits: what the models of `widget_service.connectors.definition` say, as problems."""

from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from widget_service.connectors.checks.entry import Entry
from widget_service.connectors.checks.known_fields import field_of
from widget_service.connectors.fields import MAX_NAME_LENGTH, PATTERNS, DefinitionModel
from widget_service.connectors.permalink import MAX_PERMALINK_LENGTH, permalink_from_name
from widget_service.connectors.problems import Finding, Problem, json_type, listed, shown, suggestion

Model = TypeVar("Model", bound=DefinitionModel)

_EXPECTED_TYPES = {
    "string_type": "text",
    "bool_type": "true or false, without quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "an object",
    "mapping_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}


def validate_fields(model: type[Model], entry: Entry) -> tuple[Model | None, list[Problem]]:
    """Return the definition that ``entry`` is, or None and every problem with its types and limits."""
    try:
        return model.model_validate(dict(entry.raw)), []
    except ValidationError as error:
        return None, [
            entry.found(_finding(model, entry, details), *details["loc"])
            for details in error.errors(include_url=False)
            if not _follows_from_another(entry, details)
        ]


def _follows_from_another(entry: Entry, details: ErrorDetails) -> bool:
    """A permalink cannot be made of a name that is itself no name; half of a character is found by `check_plain`."""
    if details["type"] == "string_unicode":
        return True
    return details["loc"] == ("permalink",) and not entry.has("permalink") and not _is_name(entry.raw.get("name"))


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= MAX_NAME_LENGTH


def _finding(model: type[DefinitionModel], entry: Entry, details: ErrorDetails) -> Finding:
    if details["loc"] == ("permalink",) and details["type"] in ("string_pattern_mismatch", "string_too_long"):
        return _permalink_finding(entry)
    value, context = details["input"], details.get("ctx", {})
    match details["type"]:
        case "missing":
            return Finding(code="missing", message="is missing", expected=_advice("add it", model, entry, details))
        case type_ if type_ in _EXPECTED_TYPES:
            return Finding(code="wrong_type", message=f"is {json_type(value)}", expected=_EXPECTED_TYPES[type_])
        case "string_too_long":
            expected = f"at most {context['max_length']} characters"
            return Finding(code="too_long", message=f"has {len(value)} characters", expected=expected)
        case "string_too_short":
            return Finding(code="too_short", message="is empty", expected=_advice("fill it in", model, entry, details))
        case "string_pattern_mismatch":
            return Finding(code="pattern", message=f"is {shown(value)}", expected=PATTERNS[context["pattern"]])
        case "literal_error":
            return _choice_finding(value, context["expected"])
        case "greater_than_equal":
            return Finding(code="range", message=f"is {shown(value)}", expected=f"at least {context['ge']}")
        case "less_than_equal":
            return Finding(code="range", message=f"is {shown(value)}", expected=f"at most {context['le']}")
        case code:
            return Finding(code=code, message=details["msg"], expected=str(context.get("expected", "")))


def _permalink_finding(entry: Entry) -> Finding:
    permalink, name = entry.text("permalink"), entry.text("name") or ""
    if permalink is None:
        message = f"is missing, and none can be made of the name {shown(name)}"
        expected = f"a permalink of 1 to {MAX_PERMALINK_LENGTH} characters: lowercase letters, digits, single hyphens"
        return Finding(code="missing", message=message, expected=expected)
    if len(permalink) > MAX_PERMALINK_LENGTH:
        expected = f"at most {MAX_PERMALINK_LENGTH} characters"
        return Finding(code="too_long", message=f"has {len(permalink)} characters", expected=expected)
    proposal = permalink_from_name(permalink) or permalink_from_name(name) or "my-connector"
    expected = f"lowercase letters, digits and single hyphens between them, such as '{proposal}'"
    return Finding(code="pattern", message=f"is {shown(permalink)}", expected=expected)


def _choice_finding(value: Any, choices: str) -> Finding:
    names = [name.strip("' ") for name in choices.replace(" or ", ", ").split(",")]
    expected = f"one of {listed(names)}"
    if isinstance(value, str):
        expected += "." + suggestion(value, names) if suggestion(value, names) else ""
    return Finding(code="choice", message=f"is {shown(value)}", expected=expected)


def _advice(what_to_do: str, model: type[DefinitionModel], entry: Entry, details: ErrorDetails) -> str:
    """Return such as ``add it: the name of the header``, from the field's description."""
    field = field_of(model, entry.raw, details["loc"])
    description = ((field.description if field else None) or "").removesuffix(".")
    if not description[1:2].isupper():  # a word such as GET stays
        description = description[:1].lower() + description[1:]
    return f"{what_to_do}: {description}" if description else what_to_do
