"""What a request may be answered with, where an answer is kept (RFC 9111 §4, RFC 5861)."""

from enum import Enum, auto

from widget_service.caching.directives import MAX_DELTA_S, RequestDirectives
from widget_service.caching.entry import Entry

ERROR_STATUSES = frozenset({500, 502, 503, 504})
"""The errors of RFC 5861 §4."""


MAX_SKEW_S = 60.0
"""Clocks of processes that share entries differ by less. What seems fresh for longer is of before a clock went back."""


class Use(Enum):
    """What is done with the kept answer."""

    FRESH = auto()
    STALE = auto()
    STALE_WHILE_REVALIDATING = auto()
    VALIDATE = auto()


def use_of(entry: Entry, directives: RequestDirectives, now: float) -> Use:
    """Return what a request with ``directives`` may do with ``entry`` at ``now``."""
    if directives.no_cache or entry.terms.must_validate:
        return Use.VALIDATE
    if directives.max_age is not None and entry.age_s(now) > directives.max_age:
        return Use.VALIDATE
    rest_s = entry.fresh_until - now
    if directives.min_fresh is not None and rest_s < directives.min_fresh:
        return Use.VALIDATE
    if rest_s > 0:
        return Use.FRESH if rest_s <= entry.terms.lifetime_s + MAX_SKEW_S else Use.VALIDATE
    return _use_when_stale(entry, directives, -rest_s)


def may_replace_error(entry: Entry, directives: RequestDirectives, now: float) -> bool:
    """Whether a stale answer may stand for a failure of the destination (RFC 5861 §4)."""
    terms = entry.terms
    if terms.must_revalidate or terms.must_validate or directives.no_cache or directives.max_age is not None:
        return False
    return now - entry.fresh_until < terms.if_error_s


def _use_when_stale(entry: Entry, directives: RequestDirectives, stale_s: float) -> Use:
    if entry.terms.must_revalidate:
        return Use.VALIDATE
    if directives.max_stale is not None and (directives.max_stale == MAX_DELTA_S or stale_s <= directives.max_stale):
        return Use.STALE
    if stale_s < entry.terms.while_revalidating_s and directives.max_age is None and directives.min_fresh is None:
        return Use.STALE_WHILE_REVALIDATING
    return Use.VALIDATE
