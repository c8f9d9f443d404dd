"""Reading a request: its query and its JSON body, against models, with every problem and its path."""

from typing import Any, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from widget_service.admin.bodies import body_of
from widget_service.admin.errors import AdminError
from widget_service.connectors.problems import Problem, in_order, json_path
from widget_service.http import Receive
from widget_service.registry.json_text import parse_json

Shape = TypeVar("Shape", bound=BaseModel)


def read_query(text: bytes, model: type[Shape]) -> Shape:
    """Return the query parameters; raise `AdminError` 400 naming all that are wrong."""
    pairs = parse_qsl(text.decode("latin-1"), keep_blank_values=True, max_num_fields=100)
    names = [name for name, _ in pairs]
    repeated = [
        _problem(("query", name), "is given twice", "once") for name in sorted(set(names)) if names.count(name) > 1
    ]
    try:
        read = model.model_validate(dict(pairs))
    except ValidationError as error:
        repeated += problems_of(error, ("query",))
    if repeated:
        raise AdminError("INVALID_REQUEST", "The query parameters are not right.", problems=in_order(repeated))
    return read


async def read_json(receive: Receive, content_type: str, limit: int) -> Any:
    """Return the parsed body; raise `AdminError` 400, 413 or 415."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise AdminError("UNSUPPORTED_MEDIA_TYPE", "The body must be JSON: Content-Type: application/json")
    raw = await body_of(receive, limit=limit)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise AdminError("INVALID_REQUEST", "The body must be UTF-8.") from None
    value, _, faults = parse_json(text)
    errors = [fault for fault in faults if fault.is_error]
    if errors:
        raise AdminError("INVALID_REQUEST", "The body is not JSON.", problems=errors)
    return value


def checked(value: Any, model: type[Shape]) -> Shape:
    """Return a body as the model; raise `AdminError` 422 with every problem."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise AdminError("INVALID", "The body is not what it must be.", problems=problems_of(error, ())) from None


def problems_of(error: ValidationError, base: tuple[str | int, ...]) -> list[Problem]:
    """Return what a model has found, as problems with paths."""
    return [
        _problem((*base, *_place(found["loc"])), found["msg"], "", code=found["type"])
        for found in error.errors(include_url=False, include_input=False)
    ]


def _place(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The key of an object is marked by a last part ``[key]``, which is no member."""
    return location[:-1] if location and location[-1] == "[key]" else location


def _problem(location: tuple[str | int, ...], message: str, expected: str, *, code: str = "invalid") -> Problem:
    return Problem(path=json_path(location), code=code, message=message, expected=expected)
