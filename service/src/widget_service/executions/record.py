"""One call as it is kept, and the number by which it is found again."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

_RANDOM_BITS: Final = 20
MAX_TEXT: Final = 255


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of one call. Times are milliseconds, sizes are bytes and None where they were not known.

    ``details`` are JSON values: the steps of a composite, and what was switched on to be kept.
    """

    id: int
    tenant_id: str
    permalink: str
    kind: str
    method: str
    status: int
    code: str | None
    caller: str | None
    request_id: str
    host: str | None
    total_ms: float
    setup_ms: float
    auth_ms: float
    cache_ms: float
    external_ms: float
    transform_ms: float
    cache: str
    request_bytes: int | None
    response_bytes: int | None
    attempts: int
    details: dict[str, Any] | None = field(default=None, repr=False)


def record_id(at: float, draw: Callable[[int], int] = random.getrandbits) -> int:
    """Return an id for a call at that Unix time: ids are in the order of time, to the millisecond."""
    return first_id_at(at) | draw(_RANDOM_BITS)


def first_id_at(at: float) -> int:
    """Return the least id that a call of that Unix time can have."""
    return round(at * 1000) << _RANDOM_BITS


def time_of(identifier: int) -> float:
    """Return the Unix time of the call, to the millisecond."""
    return (identifier >> _RANDOM_BITS) / 1000


def text_of(value: str, limit: int = MAX_TEXT) -> str:
    """Return what a caller wrote as a database takes it: cut, and without halves of characters."""
    return value[:limit].encode("utf-8", "replace").decode().replace("\0", "?")
