"""The tests of templates (``x is divisibleby 3``), each within bounds."""

from collections.abc import Callable
from typing import Any, Final

from jinja2 import pass_context
from jinja2.tests import TESTS

from widget_service.templating.operators import as_text, binary, compare

_SIGNS: Final = {
    "eq": ("eq", "==", "equalto"),
    "ne": ("ne", "!="),
    "gt": ("gt", ">", "greaterthan"),
    "gteq": ("ge", ">="),
    "lt": ("lt", "<", "lessthan"),
    "lteq": ("le", "<="),
    "in": ("in",),
}


def all_tests() -> dict[str, Any]:
    """Return every test by its name."""
    comparing = {name: _comparing(sign) for sign, names in _SIGNS.items() for name in names}
    known: dict[str, Any] = dict(TESTS)
    return {**known, **comparing, "divisibleby": _divisible, "lower": _lower, "upper": _upper}


def _comparing(sign: str) -> Callable[..., bool]:
    @pass_context
    def test(context: Any, value: Any, other: Any) -> bool:
        return compare(context.budget, sign, value, other)

    return test


@pass_context
def _divisible(context: Any, value: Any, other: Any) -> bool:
    return bool(binary(context.budget, "%", value, other) == 0)


@pass_context
def _lower(context: Any, value: Any) -> bool:
    return as_text(context.budget, value).islower()


@pass_context
def _upper(context: Any, value: Any) -> bool:
    return as_text(context.budget, value).isupper()
