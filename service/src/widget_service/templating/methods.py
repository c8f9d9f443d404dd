"""Methods of texts, lists and dicts: each can be called, none can grow or run without bound.

A guard is called before the method, with the object and its arguments, and counts what the method is about to do.
It may return the result itself, where the method alone would be unbounded. What has no entry here cannot be called.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from jinja2.exceptions import SecurityError

from widget_service.templating.errors import LimitExceeded
from widget_service.templating.limits import Budget, check_key

Guard = Callable[..., Any]

_ENCODINGS: Final = frozenset({"utf-8", "utf8", "ascii", "latin-1", "latin1", "iso-8859-1", "utf-16", "utf-16-le"})
_LINE_BREAKS: Final = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_GROWTH_OF_CASE: Final = 3  # 'ΐ'.upper() has three characters
_TEXT_OVERHEAD: Final = 56  # bytes of a short text beside its characters
_ENTRY_BYTES: Final = 64  # of a dict
_COMPARED_PER_UNIT: Final = 50
_ERROR_HANDLERS: Final = frozenset({"strict", "ignore", "replace"})


def call_method(budget: Budget, method: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a bound method of a text, list, dict or other plain value, within ``budget``."""
    owner, name = method.__self__, method.__name__
    guards = next((guards for type_, guards in _GUARDS if isinstance(owner, type_)), {})
    guard = guards.get(name)
    if guard is None:
        raise SecurityError(f"the method '{name}' cannot be called in a template")
    result = guard(budget, owner, *args, **kwargs)
    if result is None:
        return method(*args, **kwargs)
    return None if result is NONE else result


# ---- Texts


def _short(budget: Budget, text: str, *args: Any, **kwargs: Any) -> None:
    """Work that does not grow: searching forwards, testing."""
    needles = [needle for argument in args for needle in _needles(budget, argument)]
    budget.spend(1 + len(text) // 100 * max(len(needles), 1) + sum(map(len, needles)) // 100)


def _needles(budget: Budget, argument: Any) -> list[str]:
    """``startswith`` takes several."""
    if isinstance(argument, tuple):
        budget.items(len(argument) * 100)
        return [item for item in argument if isinstance(item, str)]
    return [argument] if isinstance(argument, str) else []


def _backwards(budget: Budget, text: str, needle: Any = "", *args: Any) -> None:
    """Python searches backwards by comparing at every place."""
    budget.spend(1 + len(text) * max(len(needle), 1) // _COMPARED_PER_UNIT)


def check_strip(budget: Budget, text: str, characters: Any = None) -> None:
    """Count what ``text.strip(characters)`` takes: each character is looked up among the others."""
    budget.spend(1 + len(text) * (len(characters) if isinstance(characters, str) else 1) // _COMPARED_PER_UNIT)


def _worked_through(budget: Budget, text: str) -> None:
    budget.slow_text(text)


def _cased(budget: Budget, text: str, *args: Any) -> None:
    budget.text(len(text) * _GROWTH_OF_CASE)


def _padded(budget: Budget, text: str, width: Any, *args: Any) -> None:
    budget.text(max(len(text), int(width)))


def _tabs_expanded(budget: Budget, text: str, tabsize: Any = 8) -> None:
    budget.text(len(text) + text.count("\t") * max(int(tabsize), 0))


def check_replace(budget: Budget, text: str, old: Any, new: Any, count: Any = -1) -> None:
    """Count what ``text.replace(old, new, count)`` makes."""
    found = text.count(old)
    if count is not None and int(count) >= 0:
        found = min(found, int(count))
    budget.text(len(text) + found * max(len(new) - len(old), 0))


def _joined(budget: Budget, separator: str, iterable: Iterable[Any]) -> str:
    parts = list(budget.counted(iterable))
    budget.text(budget.measure(parts) + len(separator) * len(parts))
    return separator.join(parts)


def _split(budget: Budget, text: str, sep: Any = None, maxsplit: Any = -1) -> list[str]:
    return _cut(budget, text.split, text, sep, maxsplit)


def _rsplit(budget: Budget, text: str, sep: Any = None, maxsplit: Any = -1) -> list[str]:
    _backwards(budget, text, sep or " ")
    return _cut(budget, text.rsplit, text, sep, maxsplit)


def _cut(budget: Budget, split: Callable[..., list[str]], text: str, sep: Any, maxsplit: Any) -> list[str]:
    budget.text(len(text))
    most = budget.limits.max_items
    parts = split(sep, most if int(maxsplit) < 0 else min(int(maxsplit), most))
    budget.items(len(parts))
    budget.allocate(len(parts) * _TEXT_OVERHEAD)
    return parts


def _lines(budget: Budget, text: str, keepends: Any = False) -> None:
    budget.text(len(text))
    breaks = sum(map(text.count, _LINE_BREAKS))
    budget.items(breaks)
    budget.allocate(breaks * _TEXT_OVERHEAD)


def _translated(budget: Budget, text: str, table: Any) -> None:
    values = list(table.values()) if isinstance(table, Mapping) else list(table)
    longest = max((len(value) for value in values if isinstance(value, str)), default=1)
    budget.text(len(text) * max(longest, 1))
    budget.spend(len(text) // 4)


def _encoded(budget: Budget, text: Any, encoding: Any = "utf-8", errors: Any = "strict") -> None:
    if not isinstance(encoding, str) or encoding.lower() not in _ENCODINGS:
        raise SecurityError("texts can be encoded as utf-8, utf-16, ascii and latin-1 only")
    if errors not in _ERROR_HANDLERS:
        raise SecurityError("what cannot be encoded can be ignored or replaced only")
    budget.text(len(text) * 4)


_TEXT: Final[dict[str, Guard]] = {
    **dict.fromkeys(
        (
            *("count", "endswith", "find", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit"),
            *("isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper"),
            *("partition", "removeprefix", "removesuffix", "startswith"),
        ),
        _short,
    ),
    **dict.fromkeys(("rfind", "rindex", "rpartition"), _backwards),
    **dict.fromkeys(("lstrip", "rstrip", "strip"), check_strip),
    **dict.fromkeys(("capitalize", "casefold", "lower", "swapcase", "title", "upper"), _cased),
    **dict.fromkeys(("center", "ljust", "rjust", "zfill"), _padded),
    "encode": _encoded,
    "expandtabs": _tabs_expanded,
    "join": _joined,
    "replace": check_replace,
    "rsplit": _rsplit,
    "split": _split,
    "splitlines": _lines,
    "translate": _translated,
    "maketrans": _short,
    "unescape": _worked_through,
}
_BYTES: Final[dict[str, Guard]] = {"decode": _encoded}


# ---- Lists and dicts


def _own(budget: Budget, owner: Any, *args: Any, **kwargs: Any) -> None:
    """Work on the object itself, such as a copy of it."""
    budget.items(len(owner))


def _step(budget: Budget, owner: Any, *args: Any, **kwargs: Any) -> None:
    budget.spend(1)


def _grown(budget: Budget, owner: Any, *args: Any) -> None:
    _check_room(budget, owner, 1)
    budget.allocate(16)


def _extended(budget: Budget, owner: list[Any], iterable: Any) -> Any:
    more = list(budget.counted(iterable))
    _check_room(budget, owner, len(more))
    budget.items(len(more))
    owner.extend(more)
    return NONE


def _searched(budget: Budget, owner: Any, *args: Any) -> None:
    budget.measure(owner)
    budget.measure(list(args))


def _sorted(budget: Budget, owner: list[Any], *, reverse: Any = False) -> None:
    budget.measure(owner)
    budget.spend(len(owner) * max(len(owner).bit_length(), 1) // 2)


def _keyed(budget: Budget, owner: dict[Any, Any], key: Any, *args: Any) -> None:
    check_key(key)
    _check_room(budget, owner, 1)
    budget.spend(1)


def _updated(budget: Budget, owner: dict[Any, Any], *others: Any, **kwargs: Any) -> Any:
    other = dict(*others) if not others or isinstance(others[0], Mapping) else dict(_pairs(budget, others[0]))
    _check_room(budget, owner, len(other) + len(kwargs))
    budget.items(len(other) + len(kwargs))
    budget.allocate((len(other) + len(kwargs)) * _ENTRY_BYTES)
    owner.update(other, **kwargs)
    return NONE


def _pairs(budget: Budget, iterable: Any) -> Iterable[tuple[Any, Any]]:
    for pair in budget.counted(iterable):
        key, value = pair
        check_key(key)
        yield key, value


def _from_keys(budget: Budget, owner: dict[Any, Any], iterable: Any, value: Any = None) -> dict[Any, Any]:
    keys = list(budget.counted(iterable))
    budget.items(len(keys))
    budget.allocate(len(keys) * _ENTRY_BYTES)
    for key in keys:
        check_key(key)
    return dict.fromkeys(keys, value)


def _check_room(budget: Budget, owner: Any, more: int) -> None:
    if len(owner) + more > budget.limits.max_items:
        raise LimitExceeded(f"makes a list of more than {budget.limits.max_items:,} items")


class _None:
    """Stands for a result of None, which a guard cannot return."""


NONE: Final[Any] = _None()

_LIST: Final[dict[str, Guard]] = {
    **dict.fromkeys(("append", "insert"), _grown),
    **dict.fromkeys(("clear", "pop"), _step),
    **dict.fromkeys(("copy", "reverse"), _own),
    **dict.fromkeys(("count", "index", "remove"), _searched),
    "extend": _extended,
    "sort": _sorted,
}
_DICT: Final[dict[str, Guard]] = {
    **dict.fromkeys(("clear", "items", "keys", "popitem", "values"), _step),
    **dict.fromkeys(("get", "pop", "setdefault"), _keyed),
    "copy": _own,
    "fromkeys": _from_keys,
    "update": _updated,
}
_NUMBER: Final[dict[str, Guard]] = dict.fromkeys(("bit_length", "is_integer"), _step)

_GUARDS: Final[tuple[tuple[type, dict[str, Guard]], ...]] = (
    (str, _TEXT),
    (dict, _DICT),
    (list, _LIST),
    (tuple, {name: _LIST[name] for name in ("count", "index")}),
    (bytes, _BYTES),
    (int, _NUMBER),
    (float, _NUMBER),
)
