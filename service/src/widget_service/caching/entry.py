"""A kept answer, with everything about its use worked out beforehand: a hit compares two numbers."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from widget_service.caching.headers import Pair, value_of
from widget_service.caching.storing import Terms

_OVERHEAD_BYTES = 1024
_PAIR_BYTES = 160


@dataclass(slots=True, eq=False)
class Entry:
    """One answer. ``uri`` is what it is an answer from, ``epoch`` the URI's epoch before it was asked for.

    ``selecting`` are the values of the request's headers that ``terms.vary`` names. ``rendered`` is what a response
    template made of it, with the template: it is the same each time where the template reads nothing else.
    """

    status: int
    headers: tuple[Pair, ...] = field(repr=False)
    body: bytes = field(repr=False)
    terms: Terms
    uri: str
    epoch: str
    selecting: tuple[str | None, ...] = ()
    id: bytes = field(default_factory=lambda: os.urandom(8))
    rendered: tuple[object, bytes] | None = field(default=None, repr=False)
    trusted_until: float = field(default=float("inf"), repr=False)
    """When a copy of a shared entry must be looked at again in its store (Unix seconds)."""
    fresh_until: float = field(init=False)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.fresh_until = self.terms.born_at + self.terms.lifetime_s
        if self.terms.must_validate:
            self.fresh_until = float("-inf")
        self.size = size_of(self.headers, len(self.body))

    @property
    def etag(self) -> str | None:
        """The entity tag, as it came."""
        return value_of(self.headers, "etag")

    @property
    def last_modified(self) -> str | None:
        """The date of the last change, as it came."""
        return value_of(self.headers, "last-modified")

    @property
    def has_validator(self) -> bool:
        """Whether the destination can be asked if it still holds."""
        return self.etag is not None or self.last_modified is not None

    @property
    def useful_until(self) -> float:
        """When nothing can be done with it any more that a new answer would not do (Unix seconds)."""
        terms = self.terms
        end = terms.born_at + terms.lifetime_s
        if not terms.must_revalidate and not terms.must_validate:
            end += max(terms.while_revalidating_s, terms.if_error_s)
        return end + KEPT_FOR_VALIDATION_S if self.has_validator else end

    def age_s(self, now: float) -> float:
        """Return how old it is."""
        return max(0.0, now - self.terms.born_at)

    def rest_s(self, now: float) -> float:
        """Return for how long it is still fresh, 0 where it is not."""
        return max(0.0, self.fresh_until - now)


KEPT_FOR_VALIDATION_S = 24 * 3600.0
"""A stale answer with a validator saves its body for so long."""


def size_of(headers: Sequence[Pair], body_bytes: int) -> int:
    """Return what an answer takes in memory, roughly."""
    return _OVERHEAD_BYTES + body_bytes + sum(_PAIR_BYTES + len(name) + len(value) for name, value in headers)
