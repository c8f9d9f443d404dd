"""What the cache is asked, and what it answers."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum

from widget_service.caching.answers import Answer
from widget_service.caching.directives import NO_DIRECTIVES, RequestDirectives
from widget_service.caching.entry import Entry
from widget_service.caching.headers import Pair
from widget_service.caching.memory import Key
from widget_service.caching.storing import PLAIN, Rules

Fetch = Callable[[list[Pair]], Awaitable[Answer]]
"""Asks the destination, with these conditions in addition. Raises `widget_service.errors.ServiceError`."""

Refresh = Callable[[], AbstractAsyncContextManager[Fetch]]
"""Gives a `Fetch` that outlives the call at hand, and gives back at the end what it has taken."""


@dataclass(slots=True)
class CacheRequest:
    """One request. ``uri_of`` makes its target, with whatever else keeps apart what must not be changed together.

    ``headers`` have lowercase names; ``vary_by`` are those that the key does not hold already, None for all.
    ``wait_s`` is the longest that it waits for another's fetch.
    """

    key: Key
    uri_of: Callable[[], str]
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    vary_by: frozenset[str] | None = None
    directives: RequestDirectives = NO_DIRECTIVES
    rules: Rules = PLAIN
    wait_s: float = 15.0
    has_waited: bool = field(default=False, init=False)
    """Whether it has waited for another's fetch, in this process or in another."""
    _uri: str | None = field(default=None, init=False, repr=False)

    @property
    def uri(self) -> str:
        """The target, made when it is first needed: a hit does without."""
        if self._uri is None:
            self._uri = self.uri_of()
        return self._uri


class How(StrEnum):
    """How an answer was come by."""

    HIT = "Cache Hit"
    MISS = "Cache Miss"
    REVALIDATED = "Cache Revalidated"
    STALE = "Cache Stale"
    COALESCED = "Cache Coalesced"
    BYPASS = "Bypass"


@dataclass(slots=True)
class Result:
    """An answer. ``rest_s`` is how long it is still fresh, ``entry`` what is kept of it, if it is there already."""

    answer: Answer
    how: How
    rest_s: float = 0.0
    entry: Entry | None = None
