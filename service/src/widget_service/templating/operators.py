"""Operators within bounds: numbers that stay small, texts and lists that do not explode, comparisons that end."""

import operator
from collections.abc import Callable
from typing import Any, Final

from widget_service.templating.errors import LimitExceeded
from widget_service.templating.formatting import percent
from widget_service.templating.limits import MAX_INTEGER_BITS, Budget, check_key
from widget_service.templating.printable import check_printable

_PLAIN: Final = (str, int, float, bool, type(None))
_SEQUENCES: Final = (str, bytes, list, tuple)

_OPERATIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "**": operator.pow,
    "%": operator.mod,
}
_COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
}


def binary(budget: Budget, sign: str, left: Any, right: Any) -> Any:
    """Return ``left sign right``, for the arithmetic signs."""
    if isinstance(left, str) and sign == "%":
        return percent(budget, left, right)
    if isinstance(left, _SEQUENCES) or isinstance(right, _SEQUENCES):
        _check_sequences(budget, sign, left, right)
    elif isinstance(left, int) and isinstance(right, int):
        _check_integers(sign, left, right)
    return _OPERATIONS[sign](left, right)


def compare(budget: Budget, sign: str, left: Any, right: Any) -> bool:
    """Return ``left sign right``, for a sign in Jinja's words: ``eq``, ``lt``, ``in`` …"""
    if sign in ("in", "notin"):
        return _contains(budget, right, left) == (sign == "in")
    if isinstance(left, _PLAIN) or isinstance(right, _PLAIN):
        if isinstance(left, str) and isinstance(right, str):
            budget.spend(1 + min(len(left), len(right)) // 4096)
    else:
        budget.measure(left)
        budget.measure(right)
    return _COMPARISONS[sign](left, right)


def concatenate(budget: Budget, parts: list[Any]) -> str:
    """Return ``a ~ b ~ c``."""
    texts = [as_text(budget, part) for part in parts]
    budget.text(sum(map(len, texts)))
    return "".join(texts)


def as_text(budget: Budget, value: Any) -> str:
    """Return ``str(value)``."""
    if isinstance(value, str):
        budget.text(len(value))
        return value
    check_printable(value)
    budget.text(budget.measure(value) * 2)
    return str(value)


def cut(budget: Budget, value: Any, start: Any, stop: Any, step: Any) -> Any:
    """Return ``value[start:stop:step]``."""
    part = slice(start, stop, step)
    if isinstance(value, _SEQUENCES):
        count = len(range(*part.indices(len(value))))
        (budget.items if isinstance(value, list | tuple) else budget.text)(count)
    return value[part]


def _contains(budget: Budget, container: Any, item: Any) -> bool:
    if isinstance(container, dict):
        check_key(item)
    elif isinstance(container, str):
        budget.spend(1 + len(container) // 1024)
    elif isinstance(item, str):
        budget.spend(1 + len(container) * (1 + len(item) // 1024))
    elif isinstance(item, _PLAIN):
        budget.spend(1 + len(container) // 4)
    else:
        budget.measure(container)
        budget.measure(item)
    return item in container


def _check_sequences(budget: Budget, sign: str, left: Any, right: Any) -> None:
    if sign == "*":
        sequence, times = (left, right) if isinstance(left, _SEQUENCES) else (right, left)
        count = len(sequence) * max(times, 0) if isinstance(times, int) else 0
    elif sign == "+" and isinstance(left, _SEQUENCES) and isinstance(right, _SEQUENCES):
        sequence, count = left, len(left) + len(right)
    else:
        return
    (budget.items if isinstance(sequence, list | tuple) else budget.text)(count)


def _check_integers(sign: str, left: int, right: int) -> None:
    bits, other = left.bit_length(), right.bit_length()
    if sign == "*":
        bits += other
    elif sign == "**":
        bits = bits * max(right, 1) if bits > 1 else 1
    if max(bits, other) > MAX_INTEGER_BITS:
        raise LimitExceeded(f"calculates with numbers of more than {MAX_INTEGER_BITS} bits")
