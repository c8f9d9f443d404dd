"""Whether an answer may be kept (RFC 9111 §3), and what of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from widget_service.caching.directives import ResponseDirectives, response_directives
from widget_service.caching.freshness import Times, initial_age_s, lifetime_s
from widget_service.caching.headers import NOT_STORED, Pair, joined, members, without
from widget_service.caching.variants import ANY, vary_names

DEFAULT_STATUSES = frozenset({200, 301, 308})
_LIFETIMES = frozenset({"cache-control", "expires"})
_PARTIAL_OR_CONDITIONAL = frozenset({206, 304, 416})
_UNDERSTOOD = frozenset(
    {*range(200, 206), *range(300, 304), 305, 307, 308, *range(400, 415), 415, 417, 421, 422, 426, *range(500, 506)}
)
"""The final statuses of RFC 9110 §15 whose meaning this cache keeps to."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a request, its connector and the settings say of keeping its answer.

    ``is_authorized`` is set where the request carries an ``Authorization`` that is no part of the key (§3.5).
    ``default_s`` is for answers that say nothing; ``forced_s`` whatever they say.
    """

    is_shared: bool = True
    is_authorized: bool = False
    any_status: bool = False
    default_s: float | None = None
    forced_s: float | None = None

    @property
    def says_how_long(self) -> bool:
        """Whether an answer is kept though it says nothing of that itself."""
        return self.default_s is not None or self.forced_s is not None


PLAIN = Rules()
_PRIVATE = Rules(is_shared=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms an answer is kept. ``born_at`` is when it was made, in Unix seconds of this machine's clock.

    ``must_validate`` means before each use, ``must_revalidate`` that it is never used when stale.
    """

    lifetime_s: float
    born_at: float
    must_validate: bool = False
    must_revalidate: bool = False
    while_revalidating_s: int = 0
    if_error_s: int = 0
    vary: tuple[str, ...] = ()


def terms_of(status: int, headers: Sequence[Pair], times: Times, rules: Rules) -> Terms | None:
    """Return the terms on which a complete answer to a GET or HEAD is kept, None where it must not be."""
    if not _is_storable_status(status, rules):
        return None
    if rules.forced_s is not None:
        return Terms(rules.forced_s, times.received_at)
    if rules.default_s is None and says_nothing(headers):
        return None
    directives = response_directives(joined(headers, "cache-control") or "")
    vary = vary_names(headers)
    if vary is ANY or not _is_allowed(status, directives, rules):
        return None
    lifetime = _lifetime(headers, directives, times, rules)
    if lifetime is None and not directives.no_cache:
        return None
    return Terms(
        lifetime_s=lifetime or 0.0,
        born_at=times.received_at - initial_age_s(headers, times),
        must_validate=directives.no_cache,
        must_revalidate=_must_revalidate(directives, rules),
        while_revalidating_s=directives.stale_while_revalidate,
        if_error_s=directives.stale_if_error,
        vary=vary,
    )


def kept_headers(headers: Sequence[Pair], *, is_shared: bool) -> list[Pair]:
    """Return what is kept of the headers: nothing of the connection, nothing that may not be used again unasked.

    ``Age`` has gone into the terms, and is written anew each time.
    """
    directives = response_directives(joined(headers, "cache-control") or "")
    dropped = NOT_STORED | {"age"} | directives.hidden_fields | frozenset(members(headers, "connection"))
    return without(headers, dropped | directives.private_fields if is_shared else dropped)


def says_nothing(headers: Sequence[Pair]) -> bool:
    """Whether an answer says nothing of its lifetime, as most answers of interfaces do."""
    return _LIFETIMES.isdisjoint([name.lower() for name, _ in headers])


def private_lifetime_s(status: int, headers: Sequence[Pair], times: Times) -> float:
    """Return the seconds for which a caller's own cache may keep an answer that this one does not keep."""
    terms = terms_of(status, headers, times, _PRIVATE)
    if terms is None or terms.must_validate:
        return 0.0
    return max(0.0, terms.born_at + terms.lifetime_s - times.received_at)


def _is_storable_status(status: int, rules: Rules) -> bool:
    if not rules.any_status:
        return status in DEFAULT_STATUSES
    return status >= 200 and status not in _PARTIAL_OR_CONDITIONAL


def _is_allowed(status: int, directives: ResponseDirectives, rules: Rules) -> bool:
    if directives.must_understand and status not in _UNDERSTOOD:
        return False
    if directives.no_store and not directives.must_understand:  # §5.2.2.3: who understands may ignore no-store
        return False
    if rules.is_shared and directives.private:
        return False
    return not rules.is_authorized or _is_for_all(directives)


def _is_for_all(directives: ResponseDirectives) -> bool:
    return directives.public or directives.must_revalidate or directives.s_maxage is not None


def _lifetime(headers: Sequence[Pair], directives: ResponseDirectives, times: Times, rules: Rules) -> float | None:
    lifetime = lifetime_s(headers, directives, times, is_shared=rules.is_shared)
    return rules.default_s if lifetime is None and not directives.no_cache else lifetime


def _must_revalidate(directives: ResponseDirectives, rules: Rules) -> bool:
    """``s-maxage`` implies ``proxy-revalidate`` (§5.2.2.10); both are for shared caches."""
    of_shared = directives.proxy_revalidate or directives.s_maxage is not None
    return directives.must_revalidate or (rules.is_shared and of_shared)
