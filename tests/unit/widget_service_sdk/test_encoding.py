"""Numbers and texts in parameters are written as a browser writes them."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_service_sdk._protocol.encoding import form_encoded, number_text

# From the table of RFC 8785, appendix B, which lists what ECMAScript writes.
RFC_8785 = [
    (0.0, "0"),
    (-0.0, "0"),
    (5e-324, "5e-324"),
    (-5e-324, "-5e-324"),
    (1.7976931348623157e308, "1.7976931348623157e+308"),
    (-1.7976931348623157e308, "-1.7976931348623157e+308"),
    (9007199254740992.0, "9007199254740992"),
    (-9007199254740992.0, "-9007199254740992"),
    (295147905179352830000.0, "295147905179352830000"),
    (9.999999999999997e22, "9.999999999999997e+22"),
    (1e23, "1e+23"),
    (1.0000000000000001e23, "1.0000000000000001e+23"),
    (999999999999999700000.0, "999999999999999700000"),
    (999999999999999900000.0, "999999999999999900000"),
    (1e21, "1e+21"),
    (9.999999999999997e-7, "9.999999999999997e-7"),
    (0.000001, "0.000001"),
    (333333333.3333332, "333333333.3333332"),
    (333333333.33333325, "333333333.33333325"),
    (333333333.3333334, "333333333.3333334"),
    (-0.0000033333333333333333, "-0.0000033333333333333333"),
    (1424953923781206.2, "1424953923781206.2"),
]


@pytest.mark.parametrize(("number", "text"), RFC_8785, ids=lambda value: str(value))
def test_numbers_are_written_as_rfc_8785_has_them(number: float, text: str) -> None:
    assert number_text(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_the_same_number(number: float) -> None:
    assert float(number_text(number)) == number


@given(st.integers())
def test_an_integer_keeps_its_digits(number: int) -> None:
    assert int(number_text(number)) == number


@given(st.lists(st.tuples(st.text(), st.text())))
def test_what_is_encoded_can_be_read_back(pairs: list[tuple[str, str]]) -> None:
    encoded = form_encoded(pairs)
    assert encoded.isascii()
    assert encoded.isprintable()
    assert parse_qsl(encoded, keep_blank_values=True, separator="&") == (pairs if encoded else [])


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert form_encoded([("a", "\ud83d\udc22")]) == "a=%F0%9F%90%A2"
