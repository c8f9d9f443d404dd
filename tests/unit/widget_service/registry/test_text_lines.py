"""Lines and columns of a text, and what is shown of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service.connectors.problems import Problem
from widget_service.registry.text_lines import Position, TextLines


@pytest.mark.parametrize(
    ("offset", "position"),
    [
        (0, Position(1, 1)),
        (1, Position(1, 2)),
        (2, Position(1, 3)),
        (3, Position(2, 1)),
        (5, Position(3, 1)),
        (8, Position(4, 1)),
        (9, Position(4, 2)),
    ],
)
def test_lines_end_at_any_kind_of_line_break(offset, position):
    lines = TextLines("ab\nc\rd\r\ne")
    assert lines.position(offset) == position
    assert lines.offset(position) == offset


@given(st.text(alphabet="a\r\n", max_size=20), st.data())
def test_a_position_leads_back_to_its_offset(text, data):
    offset = data.draw(st.integers(0, len(text)))
    lines = TextLines(text)
    assert lines.offset(lines.position(offset)) == offset


def test_a_line_that_is_not_there_is_behind_the_end():
    assert TextLines("ab").offset(Position(3, 1)) == 2


@pytest.mark.parametrize(
    ("text", "position", "excerpt"),
    [
        ("ab\ncdef\ng", Position(2, 3), "cdef\n  ^"),
        ("ab\r\ncd", Position(1, 1), "ab\n^"),
        ("\tab", Position(1, 2), " ab\n ^"),
        ("a\x1b[31mb", Position(1, 7), "a [31mb\n      ^"),
        ("x" * 500 + "!" + "y" * 500, Position(1, 501), "x" * 50 + "!" + "y" * 49 + "\n" + " " * 50 + "^"),
        ("", Position(1, 1), "\n^"),
    ],
)
def test_an_excerpt_is_one_short_line_with_a_caret(text, position, excerpt):
    assert TextLines(text).excerpt(position) == excerpt


def test_a_placed_problem_knows_its_line():
    problem = TextLines("a\nbcd").placed(Problem(path="$", message="x"), 3)
    assert (problem.line, problem.column, problem.excerpt) == (2, 2, "bcd\n ^")
