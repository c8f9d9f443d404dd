"""Reading a registry file: whatever is wrong with the text is a problem with its place, never an exception."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service.connectors.problems import Problem
from widget_service.registry.load import MAX_REGISTRY_BYTES, parse_registry, read_registry


def test_a_good_file_is_a_document(tmp_path):
    file = tmp_path / "connectors_registry.json"
    file.write_text('{"connectors": []}', encoding="utf-8")
    document, problems = read_registry(file)
    assert document is not None
    assert document.value == {"connectors": []}
    assert problems == []


@pytest.mark.parametrize(
    ("raw", "code", "place", "words"),
    [
        (b"", "json_syntax", (None, None), "is empty"),
        (b" \n ", "json_syntax", (None, None), "is empty"),
        (b'{"a": 1, b: 2}', "json_syntax", (1, 10), "double quotes"),
        (b"{'a': 1}", "json_syntax", (1, 2), "double quotes"),
        (b'{"a" 1}', "json_syntax", (1, 6), "':' delimiter"),
        (b'{"a": 1\n "b": 2}', "json_syntax", (2, 2), "',' delimiter"),
        (b'{\n  "a": // why\n 1}', "json_syntax", (2, 8), "expecting value"),
        (b'{"a": "b}', "json_syntax", (1, 7), "unterminated string"),
        (b'{"a": "b\nc"}', "json_syntax", (1, 9), "control character"),
        (b'{"a": "\\q"}', "json_syntax", (1, 8), "escape"),
        (b'{} {"a": 1}', "json_syntax", (1, 4), "extra data"),
        (b"[" * 200_000, "too_deep", (None, None), "nested too deeply"),
        (b"[]", "wrong_type", (None, None), "is a list"),
        (b'"text"', "wrong_type", (None, None), "is text"),
        (b"null", "wrong_type", (None, None), "is null"),
        ('{"a": "é"}'.encode("latin-1"), "encoding", (1, 8), "0xe9"),
        ('{\n"é": "'.encode() + b'\xff"}', "encoding", (2, 7), "0xff"),
        ("{}".encode("utf-16"), "encoding", (None, None), "UTF-16"),
        ("{}".encode("utf-32"), "encoding", (None, None), "UTF-32"),
        (b'{"a": [NaN]}', "not_finite", (1, 8), "no number"),
        (b'{"a": -Infinity}', "not_finite", (1, 7), "no number"),
        (b'{"a": 1e999}', "not_finite", (1, 7), "no number"),
        (b'{"a": ' + b"1" * 5000 + b"}", "not_finite", (1, 7), "no number"),
        (b'{"a": "' + b"x" * MAX_REGISTRY_BYTES + b'"}', "too_large", (None, None), "too large"),
    ],
    ids=lambda value: repr(value)[:30] if isinstance(value, bytes) else None,
)
def test_what_is_no_registry_says_why_and_where(raw, code, place, words):
    document, [problem] = parse_registry(raw)
    assert document is None
    assert (problem.code, (problem.line, problem.column), problem.severity) == (code, place, "error")
    assert words in problem.message
    assert problem.expected
    assert (problem.excerpt is not None) == (problem.line is not None)


def test_the_line_is_shown_with_a_caret():
    _, [problem] = parse_registry(b'{\n  "name": "x"\n  "url": 1\n}')
    assert problem.excerpt == '  "url": 1\n  ^'


def test_a_name_that_stands_twice_is_a_warning_and_the_last_one_counts():
    document, [problem] = parse_registry(b'{"a": {"b": 1, "c": 2, "b": 3}}')
    assert document is not None
    assert document.value == {"a": {"b": 3, "c": 2}}
    assert (problem.code, problem.line, problem.column, problem.severity) == ("duplicate_key", 1, 24, "warning")


def test_all_faults_are_told_at_once():
    document, problems = parse_registry(b'{"a": 1, "a": 2, "b": [{"c": 1, "c": NaN}]}')
    assert document is None
    assert [(problem.path, problem.code) for problem in problems] == [
        ("$.a", "duplicate_key"),
        ("$.b[0].c", "duplicate_key"),
        ("$.b[0].c", "not_finite"),
    ]


def test_a_byte_order_mark_is_a_warning():
    document, [problem] = parse_registry(b'\xef\xbb\xbf{"connectors": []}')
    assert document is not None
    assert document.value == {"connectors": []}
    assert (problem.code, problem.severity) == ("byte_order_mark", "warning")


def test_a_file_of_the_largest_size_is_read():
    raw = b'{"a": "' + b"x" * (MAX_REGISTRY_BYTES - 9) + b'"}'
    assert len(raw) == MAX_REGISTRY_BYTES
    assert parse_registry(raw)[1] == []


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path):
    for path in (tmp_path / "missing.json", tmp_path):
        document, [problem] = read_registry(path)
        assert document is None
        assert problem.code == "unreadable"
        assert os.strerror(2) in problem.message or os.strerror(21) in problem.message


def test_a_problem_is_placed_at_the_value_that_its_path_names():
    document, _ = parse_registry(b'{\n "connectors": [\n  {"name": "a",\n   "url": 7}\n ]\n}')
    assert document is not None
    paths = ("$.connectors[0].url", "$.connectors[0].method", "$.connectors[0]", "$")
    located = document.located([Problem(path=path, message="x") for path in paths])
    assert [(problem.line, problem.column) for problem in located] == [(4, 11), (3, 3), (3, 3), (1, 1)]


@pytest.mark.parametrize(
    ("value", "within", "column"),
    [
        ("{{ a }", (1, 1), 8),
        ("{{ a }", (1, 4), 11),
        ("x\n{{ a }", (2, 1), 11),
        ('"é"\r\n😀\n{{ a }', (3, 4), 39),
        ("x", (9, 1), 9),
        (["no text"], (1, 3), 7),
    ],
)
def test_a_place_in_a_template_becomes_a_place_in_the_file(value, within, column):
    document, _ = parse_registry(json.dumps({"a": value}).encode())
    assert document is not None
    [problem] = document.located([Problem(path="$.a", message="x", within=within)])
    assert (problem.line, problem.column) == (1, column)


@given(st.binary() | st.text().map(str.encode) | st.text(alphabet='{}[]":,01 ').map(str.encode))
def test_no_file_raises(raw):
    document, problems = parse_registry(raw)
    assert (document is None) == any(problem.is_error for problem in problems)
