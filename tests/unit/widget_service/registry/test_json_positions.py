"""Where JSON values stand: held against the standard library's own parser."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from widget_service.connectors.problems import json_path
from widget_service.registry.json_positions import offset_within, scan_positions

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
STYLES = st.sampled_from(
    [
        {"indent": None},
        {"indent": 2},
        {"indent": None, "separators": (",", ":")},
        {"indent": "\t", "ensure_ascii": False},
    ]
)


def every_value(value: Any, location: tuple[str | int, ...] = ()) -> dict[str, Any]:
    """Return each value in ``value`` by its path."""
    found = {json_path(location): value}
    if isinstance(value, dict):
        for name, inner in value.items():
            found |= every_value(inner, (*location, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found |= every_value(inner, (*location, index))
    return found


@settings(max_examples=200)
@given(JSON_VALUES, STYLES)
def test_every_value_is_found_where_it_stands(value, style):
    text = json.dumps(value, **style)
    positions = scan_positions(text)
    decoder = json.JSONDecoder()
    found = {path: decoder.raw_decode(text, offset)[0] for path, offset in positions.offsets.items()}
    assert found == every_value(value)
    assert positions.duplicates == []
    assert positions.not_finite == []


@pytest.mark.parametrize(
    ("path", "offset"),
    [
        ("$", 0),
        ("$.a", 6),
        ("$.a[0]", 7),
        ("$.a[0].missing", 7),
        ("$.a[7]", 6),
        ("$.missing['x y'].z", 0),
        ("$['x y']", 22),
        ("$['x y']['it\\'s']", 22),
        ("nonsense", 0),
    ],
)
def test_what_is_not_there_is_placed_at_the_value_around_it(path, offset):
    assert scan_positions('{"a": [{}, 1], "x y": {}}').offset(path) == offset


def test_a_name_that_stands_twice_is_a_duplicate_each_further_time():
    text = '{"a": 1, "b": {"a": 2}, "a": 3, "\\u0061": 4}'
    positions = scan_positions(text)
    assert positions.duplicates == [("$.a", text.index('"a": 3')), ("$.a", text.index('"\\u0061"'))]
    assert positions.offset("$.a") == text.index("4}")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1E+999", "9" * 400])
def test_numbers_beyond_json_are_found(number):
    assert scan_positions(f'[1, {{"a": {number}}}]').not_finite == [("$[1].a", 10)]


@pytest.mark.parametrize("number", ["0", "-1.5e-300", "1e308", "9" * 300])
def test_numbers_that_json_has_are_not(number):
    assert scan_positions(number).not_finite == []


@given(st.text(), st.data(), st.booleans())
def test_a_character_of_a_string_is_found_behind_its_escapes(value, data, ascii_only):
    characters = data.draw(st.integers(0, len(value)))
    text = f"[1, {json.dumps(value, ensure_ascii=ascii_only)}]"
    offset = offset_within(text, 4, characters)
    assert json.loads(text[4:offset] + '"') == value[:characters]


def test_a_character_behind_the_end_is_the_end():
    assert offset_within('"ab"', 0, 9) == 3
