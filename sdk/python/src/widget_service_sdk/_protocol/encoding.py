"""Values as they stand in query strings and in ``X-Path-Params``, the same in Python as in a browser."""

import re
from collections.abc import Iterable
from math import isfinite
from urllib.parse import quote_plus

_SURROGATE = re.compile("[\ud800-\udfff]")
_PLAIN = re.compile("[A-Za-z0-9*._-]*")


def number_text(value: int | float) -> str:
    """A number as ECMAScript writes it (RFC 8785 §3.2.2.3): ``1.0`` is ``1``; an int keeps all its digits.

    Raises ValueError for NaN and the infinities, which JSON cannot write.
    """
    if isinstance(value, int):
        return int.__repr__(value)
    if not isfinite(value):
        raise ValueError("JSON cannot write NaN or Infinity")
    mantissa, _, exponent = float.__repr__(value).partition("e")
    mantissa = mantissa.removesuffix(".0")
    if exponent:
        return _positioned(mantissa, int(exponent))
    return "0" if mantissa == "-0" else mantissa


def _positioned(mantissa: str, power: int) -> str:
    """Python's shortest digits without an exponent from 1e-6 up to 1e21, as ECMAScript writes them."""
    sign = "-" if mantissa.startswith("-") else ""
    digits = mantissa.removeprefix("-").replace(".", "")
    if power >= 21:
        return f"{mantissa}e+{power}"
    if power > 0:
        return sign + digits.ljust(power + 1, "0")
    if power >= -6:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    return f"{mantissa}e{power}"


def query_text(value: object) -> str:
    """A query parameter's value as text: lists joined by commas, as browsers do, with None inside them empty.

    Raises ValueError if the value is something else than a string, number, boolean or list of these.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list | tuple):
        return ",".join("" if item is None else query_text(item) for item in value)
    raise ValueError(f"{type(value).__name__} is neither a string nor a number, a boolean or a list of these")


def form_encoded(pairs: Iterable[tuple[str, str]]) -> str:
    """The ``application/x-www-form-urlencoded`` serializer of the WHATWG URL standard (``URLSearchParams``)."""
    return "&".join([f"{_form_text(name)}={_form_text(value)}" for name, value in pairs])


def _form_text(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    # quote_plus never encodes a tilde; the standard always does.
    return quote_plus(_scalar_values(text), safe="*").replace("~", "%7E")


def _scalar_values(text: str) -> str:
    """The text as a browser would see it: pairs of surrogates joined, lone ones replaced by U+FFFD."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
