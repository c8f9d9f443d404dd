"""Two values as lines of a diff: what differs is in sight, and lines are short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service.cli.differences import MAX_CHARACTERS, difference_lines, shortened
from widget_service.registry.sync import ABSENT, FieldChange

LONG = "x" * 300


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a", "b", [("-", '"a"'), ("+", '"b"')]),
        (1, True, [("-", "1"), ("+", "true")]),
        (ABSENT, {"ttl": 5}, [("+", '{"ttl": 5}')]),
        (["a"], ABSENT, [("-", '["a"]')]),
        (None, "", [("-", "null"), ("+", '""')]),
        ("a\nb", "a\nc", [("@", "@@ -1,2 +1,2 @@"), (" ", "a"), ("-", "b"), ("+", "c")]),
        ("a\n", "a", [("@", "@@ -1,2 +1 @@"), (" ", "a"), ("-", "")]),
        ("--- a\n+++ b", "--- a\nc", [("@", "@@ -1,2 +1,2 @@"), (" ", "--- a"), ("-", "+++ b"), ("+", "c")]),
    ],
)
def test_lines_of_a_change(before, after, lines):
    assert difference_lines(FieldChange("f", before, after)) == lines


@pytest.mark.parametrize(
    ("before", "after"),
    [(LONG + "OLD" + LONG, LONG + "NEW" + LONG), (LONG, LONG + "NEW"), ("OLD" + LONG, LONG), (LONG, "y" * 300)],
)
def test_long_values_are_cut_around_the_difference(before, after):
    lines = difference_lines(FieldChange("f", before, after))
    assert [mark for mark, _ in lines] == ["-", "+"]
    assert all(len(text) <= MAX_CHARACTERS + 2 for _, text in lines)
    assert lines[0][1] != lines[1][1]
    for word, text in zip(("OLD", "NEW"), (before, after), strict=True):
        if word in text:
            assert any(word in shown for _, shown in lines)


@given(st.text(max_size=400), st.text(max_size=400))
def test_what_is_shortened_still_differs(before, after):
    shown = shortened(before, after)
    if len(before) <= MAX_CHARACTERS and len(after) <= MAX_CHARACTERS:
        assert shown == (before, after)
    assert all(len(text) <= MAX_CHARACTERS + 2 for text in shown)
