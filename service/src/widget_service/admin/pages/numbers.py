"""Whole numbers that a form or an address gives: within bounds, or refused in words."""

from typing import Final

from widget_service.admin.errors import AdminError

MAX_ID: Final = 2**63 - 1
MAX_REVISION: Final = 2**31 - 1
_MAX_DIGITS: Final = 20


def whole_number(text: str, what: str, *, least: int = 1, most: int = MAX_ID, code: str = "INVALID") -> int:
    """Return the number that ``text`` writes in decimal digits; raise `AdminError` for all else, naming ``what``."""
    text = text.strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None
    if number is None or not least <= number <= most:
        raise AdminError(code, f"{what} must be a whole number from {least} to {most}.")
    return number
