"""Inventing a value that fits a JSON Schema, always the same one."""

from collections.abc import Mapping
from typing import Any

_MAX_DEPTH = 12
_ITEMS = 3
_FORMATS = {
    "date-time": "2026-01-15T09:30:00Z",
    "date": "2026-01-15",
    "time": "09:30:00Z",
    "email": "someone@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
}


class NotInventable(ValueError):
    """The schema asks for what is not invented; the text says where and what to write instead."""


def invent(schema: Any) -> Any:
    """Return a value for ``schema`` (JSON Schema 2020-12, without remote references); raise `NotInventable`.

    An ``example``, ``examples``, ``default``, ``const`` or ``enum`` wins over what would be made up.
    """
    return _Inventor(schema).value(schema, "", 0)


class _Inventor:
    def __init__(self, root: Any) -> None:
        self._root = root

    def value(self, schema: Any, name: str, depth: int) -> Any:
        """``name`` is the member that the value is for: texts are called after it."""
        if schema is True or schema == {}:
            return name or "text"
        if not isinstance(schema, Mapping):
            raise NotInventable(f"the schema of '{name}' is no object")
        schema = self._merged(schema, depth)
        for keyword in ("const", "example", "default"):
            if keyword in schema:
                return schema[keyword]
        for keyword in ("examples", "enum"):
            if isinstance(schema.get(keyword), list) and schema[keyword]:
                return schema[keyword][0]
        return self._of_type(_type_of(schema), schema, name, depth)

    def _of_type(self, type_: str, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        match type_:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "string":
                return _text(schema, name)
            case "integer" | "number":
                return _number(schema, is_whole=type_ == "integer")
            case "boolean":
                return True
            case _:
                return None

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        properties = schema.get("properties", {})
        wanted = {
            name: inner
            for name, inner in properties.items()
            if inner is not False and (depth < _MAX_DEPTH or name in required)
        }
        return {name: self.value(inner, name, depth + 1) for name, inner in wanted.items()}

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        first = [self.value(item, name, depth + 1) for item in schema.get("prefixItems", ())]
        least, most = int(schema.get("minItems", 0)), schema.get("maxItems")
        count = max(least, _ITEMS if depth < _MAX_DEPTH else 0)
        count = count if most is None else min(count, int(most))
        items = schema.get("items", {} if count > len(first) and least > len(first) else False)
        if items is False:
            return first
        made = [self.value(items, name, depth + 1) for _ in range(max(count - len(first), 0))]
        return first + [_numbered(value, number) for number, value in enumerate(made, start=1)]

    def _merged(self, schema: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        """Return the schema with what it refers to: references, all of ``allOf``, the first of alternatives."""
        if depth > 4 * _MAX_DEPTH:
            raise NotInventable("the schema leads into itself, and requires that without an end")
        parts: list[Any] = [self._resolved(schema["$ref"])] if "$ref" in schema else []
        parts += schema.get("allOf", ())
        parts += [schema[name][0] for name in ("oneOf", "anyOf") if schema.get(name)]
        merged: dict[str, Any] = {}
        for part in [*(self._merged(part, depth + 1) for part in parts if isinstance(part, Mapping)), schema]:
            properties = {**merged.get("properties", {}), **part.get("properties", {})}
            required = [*merged.get("required", ()), *part.get("required", ())]
            merged |= part
            merged |= {name: value for name, value in (("properties", properties), ("required", required)) if value}
        return merged

    def _resolved(self, reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise NotInventable(f"the reference {reference!r} leads out of the file; put what it names under $defs")
        found = self._root
        for part in filter(None, reference[1:].split("/")):
            key = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or key not in found:
                raise NotInventable(f"the reference {reference!r} leads nowhere")
            found = found[key]
        return found


def _type_of(schema: Mapping[str, Any]) -> str:
    type_ = schema.get("type")
    if isinstance(type_, list):
        type_ = next((each for each in type_ if each != "null"), "null")
    if isinstance(type_, str):
        return type_
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema or "prefixItems" in schema else "string"


def _text(schema: Mapping[str, Any], name: str) -> str:
    if "pattern" in schema:
        raise NotInventable(f"'{name}' has a pattern, for which no text is made up; add an example beside it")
    text = _FORMATS.get(schema.get("format", ""), name or "text")
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    text = text.ljust(least, "x")
    return text if most is None else text[: int(most)]


def _number(schema: Mapping[str, Any], *, is_whole: bool) -> float:
    low, high = schema.get("minimum"), schema.get("maximum")
    step = schema.get("multipleOf", 1)
    if low is None and schema.get("exclusiveMinimum") is not None:
        low = schema["exclusiveMinimum"] + step
    if high is None and schema.get("exclusiveMaximum") is not None:
        high = schema["exclusiveMaximum"] - step
    number = low if low is not None else min(1, high) if high is not None else 1
    if is_whole or "multipleOf" in schema:
        number = -(-number // step) * step
    return int(number) if is_whole else number


def _numbered(value: Any, number: int) -> Any:
    """Things of a list are told apart by their ids and names, where these are made up."""
    if not isinstance(value, dict):
        return value
    return {
        name: number
        if name == "id" and item == 1 and type(item) is int
        else f"{name} {number}"
        if item == name
        else item
        for name, item in value.items()
    }
