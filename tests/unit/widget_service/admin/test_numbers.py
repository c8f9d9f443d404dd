"""Whole numbers of forms and addresses: decimal digits within bounds, all else refused in words."""

import pytest

from widget_service.admin.errors import AdminError
from widget_service.admin.pages.numbers import whole_number


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("7", 7), (" 20 ", 20), ("007", 7)])
def test_digits_within_the_bounds_are_a_number(text, number):
    assert whole_number(text, "It", most=20) == number


@pytest.mark.parametrize(
    "text",
    ["", "0", "21", "-1", "+1", "1.5", "1e3", "0x1", "1_0", "٣", "²", "seven", "1 2", "0" * 30 + "1", "9" * 5000],
)
def test_all_else_is_refused_with_the_bounds(text):
    with pytest.raises(AdminError, match="It must be a whole number from 1 to 20") as caught:
        whole_number(text, "It", most=20)
    assert caught.value.status == 422
