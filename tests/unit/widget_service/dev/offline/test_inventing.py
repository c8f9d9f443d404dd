"""What is invented for a JSON Schema: what stands there wins, the rest is of the right type, and always the same."""

import pytest

from widget_service.dev.offline.inventing import NotInventable, invent

CASES = [
    ({"type": "string"}, "text"),
    ({"type": "string", "format": "email"}, "someone@example.com"),
    ({"type": "string", "minLength": 6, "maxLength": 8}, "textxx"),
    ({"type": "string", "maxLength": 2}, "te"),
    ({"type": "string", "enum": ["a", "b"]}, "a"),
    ({"const": 7}, 7),
    ({"type": "string", "default": "d", "examples": ["e"]}, "d"),
    ({"type": "string", "example": "x", "pattern": "^x$"}, "x"),
    ({"type": "integer"}, 1),
    ({"type": "integer", "minimum": 10, "multipleOf": 4}, 12),
    ({"type": "number", "maximum": 0.5}, 0.5),
    ({"type": "integer", "exclusiveMinimum": 5}, 6),
    ({"type": "integer", "exclusiveMaximum": 0}, -1),
    ({"type": "boolean"}, True),
    ({"type": "null"}, None),
    ({"type": ["null", "integer"]}, 1),
    ({"type": "array", "items": {"type": "integer"}}, [1, 1, 1]),
    ({"type": "array", "items": {"type": "integer"}, "maxItems": 1}, [1]),
    ({"type": "array", "items": {"type": "integer"}, "minItems": 4}, [1, 1, 1, 1]),
    ({"type": "array"}, []),
    ({"type": "array", "prefixItems": [{"const": 1}, {"const": "b"}]}, [1, "b"]),
    ({"properties": {"name": {"type": "string"}, "no": False}}, {"name": "name"}),
    ({"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "boolean"}}}, True),
    (
        {
            "allOf": [
                {"properties": {"a": {"const": 1}}, "required": ["a"]},
                {"properties": {"b": {"const": 2}}},
            ],
            "properties": {"c": {"const": 3}},
        },
        {"a": 1, "b": 2, "c": 3},
    ),
    ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, 1),
    (True, "text"),
]


@pytest.mark.parametrize(("schema", "value"), CASES)
def test_what_is_invented(schema, value):
    assert invent(schema) == value
    assert invent(schema) == value


def test_things_of_a_list_are_told_apart():
    items = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, "n": {"const": 5}}}
    assert invent({"type": "array", "items": items, "maxItems": 2}) == [
        {"id": 1, "name": "name 1", "n": 5},
        {"id": 2, "name": "name 2", "n": 5},
    ]


def test_a_schema_that_leads_into_itself_ends():
    tree = {"$ref": "#/$defs/node", "$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}}}}}
    value, depth = invent(tree), 0
    while value:
        value, depth = value["next"], depth + 1
    assert 5 < depth < 20


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "pattern": "^[a-z]+$"}, "add an example"),
        ({"$ref": "https://example.com/schema"}, "leads out of the file"),
        ({"$ref": "#/$defs/nobody"}, "leads nowhere"),
        ({"$ref": "#"}, "leads into itself"),
        (7, "is no object"),
    ],
)
def test_what_cannot_be_invented_is_told(schema, words):
    with pytest.raises(NotInventable, match=words):
        invent(schema)
