"""The functions of templates that need nothing of the call: ``range``, ``dict``, ``lipsum`` and their kin."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from jinja2.utils import Cycler, Joiner, Namespace, generate_lorem_ipsum

from widget_service.authentication.signing import DEFAULT_ALGORITHM, jwt_encode
from widget_service.templating.errors import LimitExceeded
from widget_service.templating.limits import Budget, check_key, size_of

_MAX_PARAGRAPHS: Final = 20
_MAX_WORDS: Final = 200
_ENTRY_BYTES: Final = 64
_MAX_TOKEN_VALUES: Final = 1_000
_MAX_TOKEN_CHARACTERS: Final = 8 * 1024
SIGNING_UNITS: Final = 10_000


def make_range(budget: Budget, *bounds: int) -> range:
    """``range(stop)``, ``range(start, stop)``, ``range(start, stop, step)``."""
    numbers = range(*bounds)
    try:
        count = len(numbers)
    except OverflowError:
        count = budget.limits.max_items + 1
    if count > budget.limits.max_items:
        raise LimitExceeded(f"makes a range of more than {budget.limits.max_items:,} numbers")
    return numbers


def fill_dict(budget: Budget, *args: Any, **kwargs: Any) -> dict[Any, Any]:
    """``dict(mapping_or_pairs, name=value …)``."""
    if len(args) > 1:
        raise TypeError("one mapping at most")
    filled: dict[Any, Any] = {}
    for key, value in _entries(budget, args[0] if args else {}):
        check_key(key)
        filled[key] = value
        budget.items(1)
    budget.allocate((len(filled) + len(kwargs)) * _ENTRY_BYTES)
    return filled | kwargs


def sign(budget: Budget, payload: Any, key: Any, algorithm: Any = DEFAULT_ALGORITHM, headers: Any = None) -> str:
    """``jwt_encode(payload, key, algorithm, headers)``; raise `AuthenticationFailed` (``JWT_SIGNING_ERROR``)."""
    for part in (payload, key, headers):
        nodes, text = size_of(part, _MAX_TOKEN_VALUES)
        if nodes > _MAX_TOKEN_VALUES or text > _MAX_TOKEN_CHARACTERS:
            raise LimitExceeded(f"signs more than {_MAX_TOKEN_CHARACTERS:,} characters or {_MAX_TOKEN_VALUES:,} values")
    budget.spend(SIGNING_UNITS)
    return jwt_encode(payload, key, algorithm, headers)


def lipsum(budget: Budget, n: int = 5, html: bool = True, min: int = 20, max: int = 100) -> str:
    """Return some paragraphs of text that means nothing."""
    if n > _MAX_PARAGRAPHS or max > _MAX_WORDS or min > _MAX_WORDS:
        raise LimitExceeded(f"asks for more than {_MAX_PARAGRAPHS} paragraphs of {_MAX_WORDS} words")
    budget.spend(int(n) * int(max) * 10)
    return generate_lorem_ipsum(n, html, min, max)


GLOBALS: Final[Mapping[str, Any]] = {
    "range": make_range,
    "dict": fill_dict,
    "lipsum": lipsum,
    "cycler": Cycler,
    "joiner": Joiner,
    "namespace": Namespace,
}
"""What every template has, whatever its field."""

FUNCTIONS: Final[Mapping[Callable[..., Any], bool]] = {
    make_range: True,
    fill_dict: True,
    lipsum: True,
    sign: True,
}
"""The plain functions that templates may call, and whether they take the budget."""


def _entries(budget: Budget, source: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(source, Mapping):
        yield from budget.counted(source.items())
        return
    yield from budget.counted(source)
