"""Permalinks: their form, and the ones that are made of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service.connectors.permalink import MAX_PERMALINK_LENGTH, is_permalink, permalink_from_name


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("a", True),
        ("0", True),
        ("a-b-c", True),
        ("a1-2b", True),
        ("a" * 255, True),
        ("a" * 256, False),
        ("", False),
        ("-a", False),
        ("a-", False),
        ("a--b", False),
        ("A", False),
        ("a_b", False),
        ("a b", False),
        ("a/b", False),
        ("ä", False),
        ("a\n", False),
    ],
)
def test_the_form_of_a_permalink(text, is_one):
    assert is_permalink(text) is is_one


@pytest.mark.parametrize(
    ("name", "permalink"),
    [
        ("REST Countries", "rest-countries"),
        ("  My  API (v2)! ", "my-api-v2"),
        ("a_b.c", "a-b-c"),
        ("Café", "caf"),
        ("Über uns", "ber-uns"),
        ("\N{KELVIN SIGN}elvin", "kelvin"),
        ("日本", None),
        ("---", None),
        ("", None),
        ("a" * 255, "a" * 255),
        ("a" * 256, None),
    ],
)
def test_a_permalink_made_of_a_name(name, permalink):
    assert permalink_from_name(name) == permalink


@given(st.text())
def test_what_is_made_of_a_name_is_a_permalink_or_nothing(name):
    permalink = permalink_from_name(name)
    assert permalink is None or is_permalink(permalink)


@given(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True).filter(lambda text: len(text) <= MAX_PERMALINK_LENGTH))
def test_a_permalink_is_made_of_itself(permalink):
    assert permalink_from_name(permalink) == permalink
