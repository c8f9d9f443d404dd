"""The filters of templates: Jinja's own, each within bounds, and those that connectors add."""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any, Final

from jinja2 import pass_context
from jinja2.filters import FILTERS
from jinja2.runtime import Undefined
from jinja2.utils import _PassArg

from widget_service.templating.bounding import CHARGE, COMPARE, CONCATENATE, KEY, LOOP, SLICE
from widget_service.templating.errors import LimitExceeded, TemplateRenderError
from widget_service.templating.formatting import percent
from widget_service.templating.json_values import from_json, json_encode
from widget_service.templating.limits import MAX_INTEGER_BITS, SLICE_UNITS, Budget, check_key, size_of
from widget_service.templating.methods import check_replace, check_strip
from widget_service.templating.operators import as_text, binary, compare, concatenate, cut
from widget_service.templating.printable import check_printable

Filter = Callable[..., Any]
Prepare = Callable[..., Any]
"""Called with the budget and the filter's arguments; returns the value to hand to Jinja's own filter."""

_MAX_PRECISION: Final = 300
_MAX_PATH: Final = 50
_ESCAPED: Final = 6  # '&quot;' for one character
_PRINTED_CHARACTERS: Final = 32  # a value costs when it is printed nicely


def all_filters() -> dict[str, Filter]:
    """Return every filter by its name, the guards that no template can name included."""
    bounded = {name: _bounded(FILTERS[name], prepare) for name, prepare in _PREPARED.items()}
    return {**FILTERS, **bounded, **_OWN, **_GUARDS}


_PASSED: Final = {_PassArg.eval_context: "eval_ctx", _PassArg.environment: "environment"}


def _bounded(original: Filter, prepare: Prepare) -> Filter:
    """Return Jinja's filter with its value prepared, its result counted where it is an iterator."""
    passed = _PassArg.from_obj(original)

    @pass_context
    @wraps(original)
    def filter_(context: Any, value: Any = None, *args: Any, **kwargs: Any) -> Any:
        budget: Budget = context.budget
        prepared = prepare(budget, value, *args, **kwargs)
        first: tuple[Any, ...] = ()
        if passed is not None:
            first = (context if passed is _PassArg.context else getattr(context, _PASSED[passed]),)
        result = original(*first, prepared, *args, **kwargs)
        return budget.counted(result) if isinstance(result, Iterator) else result

    return filter_


# ---- What is counted before Jinja's own filters run


def _text(budget: Budget, value: Any, *args: Any, **kwargs: Any) -> Any:
    return as_text(budget, value)


def _escaped(budget: Budget, value: Any) -> Any:
    text = as_text(budget, value)
    budget.text(len(text) * _ESCAPED)
    return text


def _centered(budget: Budget, value: Any, width: int = 80) -> Any:
    budget.text(max(int(width), 0))
    return as_text(budget, value)


def _trimmed(budget: Budget, value: Any, chars: Any = None) -> Any:
    text = as_text(budget, value)
    check_strip(budget, text, chars)
    return text


def _slow(budget: Budget, value: Any, *args: Any, **kwargs: Any) -> Any:
    """Filters that work through a text in Python."""
    text = as_text(budget, value)
    budget.slow_text(text)
    for argument in (*args, *kwargs.values()):
        budget.slow_text(argument)
    return text


def _wrapped(budget: Budget, value: Any, width: int = 79, *args: Any, **kwargs: Any) -> Any:
    text = _slow(budget, value, *args, **kwargs)
    longest = max((len(argument) for argument in (*args, *kwargs.values()) if isinstance(argument, str)), default=1)
    budget.text(len(text) + (len(text) // max(int(width), 1) + 1) * longest)
    return text


def _indented(budget: Budget, value: Any, width: Any = 4, *args: Any, **kwargs: Any) -> Any:
    text = as_text(budget, value)
    lines = text.count("\n") + 1
    budget.items(lines)
    budget.spend(lines * 4)
    budget.text(len(text) + lines * (len(width) if isinstance(width, str) else int(width)))
    return text


def _replaced(budget: Budget, value: Any, old: Any, new: Any, count: Any = None) -> Any:
    text = as_text(budget, value)
    check_replace(budget, text, as_text(budget, old), as_text(budget, new), count)
    return text


def _truncated(budget: Budget, value: Any, length: int = 255, *args: Any, **kwargs: Any) -> Any:
    return as_text(budget, value)


def _sized(budget: Budget, value: Any, *args: Any, **kwargs: Any) -> Any:
    """All items at once: iterators become lists."""
    if isinstance(value, str | list | tuple | dict | Undefined):
        budget.items(len(value))
        return value
    items = list(_limited(budget, value))
    budget.items(len(items))
    return items


def _measured(budget: Budget, value: Any, *args: Any, **kwargs: Any) -> Any:
    """All of every item: comparing, hashing or printing them visits everything inside."""
    _check_names(args, kwargs)
    items = _sized(budget, value)
    budget.measure(items)
    budget.spend(len(items) * len(items).bit_length() // 2)
    return items


def _counted(budget: Budget, value: Any, *args: Any, **kwargs: Any) -> Any:
    """Item by item, as they are asked for; what is nothing stays that."""
    _check_names(args, kwargs)
    return budget.counted(value, 4) if value else value


def _check_names(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse paths of attributes that are longer than anybody writes: each part is looked up for each item."""
    if any(isinstance(name, str) and name.count(".") > _MAX_PATH for name in (*args, *kwargs.values())):
        raise LimitExceeded(f"looks up attributes more than {_MAX_PATH} deep")


def _chunked(budget: Budget, value: Any, count: int, *args: Any, **kwargs: Any) -> Any:
    budget.items(int(count))
    return _sized(budget, value)


def _joined(budget: Budget, value: Any, d: Any = "", attribute: Any = None) -> Any:
    items = _sized(budget, value)
    for item in items if attribute is None else ():
        check_printable(item)
    budget.text(budget.measure(items) * 2 + len(as_text(budget, d)) * len(items))
    return items


def _rounded(budget: Budget, value: Any, precision: int = 0, *args: Any, **kwargs: Any) -> Any:
    if abs(int(precision)) > _MAX_PRECISION:
        raise LimitExceeded(f"rounds to more than {_MAX_PRECISION} digits")
    return value


def _few(budget: Budget, value: Any, *args: Any, **kwargs: Any) -> Any:
    """Values whose every part is worked through in Python."""
    most = budget.limits.max_slow_text // _PRINTED_CHARACTERS
    nodes, text = size_of(value, most)
    if nodes > most or text > budget.limits.max_slow_text:
        raise LimitExceeded(f"works through more than {most:,} values, or characters of them, one by one")
    budget.spend(nodes * 50 + text)
    return value


def _encoded_for_urls(budget: Budget, value: Any) -> Any:
    if isinstance(value, str):
        return _slow(budget, value)
    return _few(budget, value)


def _dumped(budget: Budget, value: Any, indent: int | None = None) -> Any:
    budget.spend(budget.measure(value) // 10)
    if indent is not None and int(indent) > 16:
        raise LimitExceeded("indents by more than 16 characters")
    return value


_PREPARED: Final[dict[str, Prepare]] = {
    **dict.fromkeys(("capitalize", "lower", "string", "upper", "safe"), _text),
    **dict.fromkeys(("e", "escape", "forceescape"), _escaped),
    **dict.fromkeys(("striptags", "title", "urlize", "wordcount"), _slow),
    **dict.fromkeys(("first", "last", "list", "random", "reverse"), _sized),
    **dict.fromkeys(("dictsort", "groupby", "max", "min", "sort", "unique"), _measured),
    **dict.fromkeys(("map", "reject", "rejectattr", "select", "selectattr"), _counted),
    **dict.fromkeys(("batch", "slice"), _chunked),
    "center": _centered,
    "indent": _indented,
    "join": _joined,
    "pprint": _few,
    "replace": _replaced,
    "round": _rounded,
    "tojson": _dumped,
    "trim": _trimmed,
    "truncate": _truncated,
    "urlencode": _encoded_for_urls,
    "wordwrap": _wrapped,
    "xmlattr": _few,
}


# ---- Filters of our own


@pass_context
def _from_json(context: Any, value: Any) -> Any:
    return from_json(context.budget, value)


@pass_context
def _json_encode(context: Any, value: Any) -> str:
    return json_encode(context.budget, value)


@pass_context
def _base64_encode(context: Any, value: Any) -> str:
    raw = value if isinstance(value, bytes) else as_text(context.budget, value).encode("utf-8", "surrogateescape")
    context.budget.text(len(raw) * 4 // 3)
    return base64.b64encode(raw).decode("ascii")


@pass_context
def _base64_decode(context: Any, value: Any) -> str:
    raw = value if isinstance(value, bytes) else as_text(context.budget, value).encode("utf-8", "surrogateescape")
    context.budget.text(len(raw))
    digits = b"".join(raw.split())
    try:
        return base64.b64decode(digits + b"=" * (-len(digits) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise TemplateRenderError("base64_decode: the value is not the base64 of a text") from None


@pass_context
def _format(context: Any, value: Any, *args: Any, **kwargs: Any) -> str:
    if args and kwargs:
        raise TemplateRenderError("format takes values by position or by name, not both")
    return percent(context.budget, as_text(context.budget, value), kwargs or args)


@pass_context
def _sum(context: Any, value: Any, attribute: Any = None, start: Any = 0) -> Any:
    budget: Budget = context.budget
    items = (
        value
        if attribute is None
        else context.environment.call_filter("map", value, (), {"attribute": attribute}, context)
    )
    total = start
    for item in budget.counted(items):
        total = binary(budget, "+", total, item)
    return total


@pass_context
def _int(context: Any, value: Any, default: Any = 0, base: int = 10) -> Any:
    context.budget.spend(1)
    number = FILTERS["int"](value, default, base)
    if isinstance(number, int) and number.bit_length() > MAX_INTEGER_BITS:
        return default
    return number


_OWN: Final[dict[str, Filter]] = {
    "base64_decode": _base64_decode,
    "base64_encode": _base64_encode,
    "format": _format,
    "from_json": _from_json,
    "int": _int,
    "json_encode": _json_encode,
    "sum": _sum,
}


# ---- Guards, which stand for what Jinja compiles straight to Python


@pass_context
def _loop(context: Any, value: Any, units: int, characters: int) -> Any:
    """Count the rounds of a loop: a short one at once, others round by round."""
    budget: Budget = context.budget
    if isinstance(value, str | list | tuple | dict) and len(value) * units < SLICE_UNITS // 2:
        budget.spend(len(value) * units)
        budget.allocate(len(value) * characters)
        return value
    return budget.counted(value, units, characters)


@pass_context
def _compare(context: Any, left: Any, sign: str, right: Any) -> bool:
    return compare(context.budget, sign, left, right)


@pass_context
def _concatenate(context: Any, parts: list[Any]) -> str:
    return concatenate(context.budget, parts)


@pass_context
def _cut(context: Any, value: Any, start: Any, stop: Any, step: Any) -> Any:
    return cut(context.budget, value, start, stop, step)


@pass_context
def _charge(context: Any, units: int, characters: int) -> None:
    context.budget.spend(units)
    context.budget.allocate(characters)


def _key(value: Any) -> Any:
    check_key(value)
    return value


_GUARDS: Final[dict[str, Filter]] = {
    LOOP: _loop,
    COMPARE: _compare,
    CONCATENATE: _concatenate,
    SLICE: _cut,
    CHARGE: _charge,
    KEY: _key,
}


def _limited(budget: Budget, iterable: Iterable[Any]) -> Iterator[Any]:
    most = budget.limits.max_items
    for number, item in enumerate(budget.counted(iterable)):
        if number >= most:
            raise LimitExceeded(f"makes a list of more than {most:,} items")
        yield item
