"""How long an answer is fresh, and how old it is when it arrives (RFC 9111 §4.2)."""

from collections.abc import Sequence
from typing import NamedTuple

from widget_service.caching.dates import parse_date
from widget_service.caching.directives import ResponseDirectives, delta_seconds
from widget_service.caching.headers import Pair, value_of, values_of


class Times(NamedTuple):
    """When a request was sent and when the head of its answer had come, in Unix seconds."""

    requested_at: float
    received_at: float


def lifetime_s(
    headers: Sequence[Pair], directives: ResponseDirectives, times: Times, *, is_shared: bool
) -> float | None:
    """Return the seconds that the answer is fresh from its making on; None where it says nothing of that.

    ``s-maxage`` is for shared caches, and beats ``max-age``, which beats ``Expires``. There are no heuristics.
    """
    if is_shared and directives.s_maxage is not None:
        return directives.s_maxage
    if directives.max_age is not None:
        return directives.max_age
    expires = set(values_of(headers, "expires"))
    if not expires:
        return None
    moments = {parse_date(text) for text in expires}
    moment = moments.pop() if len(moments) == 1 else None  # several that differ: stale
    return 0 if moment is None else max(0.0, moment - _date_of(headers, times))


def initial_age_s(headers: Sequence[Pair], times: Times) -> float:
    """Return how old the answer is when it has come (§4.2.3), in seconds."""
    apparent_s = max(0, int(times.received_at) - _date_of(headers, times))
    return max(apparent_s, _age_value(headers) + times.received_at - times.requested_at)


def _date_of(headers: Sequence[Pair], times: Times) -> int:
    """An answer without a ``Date`` that can be read was made when it came (RFC 9110 §6.6.1)."""
    date = value_of(headers, "date")
    moment = None if date is None else parse_date(date)
    return int(times.received_at) if moment is None else moment


def _age_value(headers: Sequence[Pair]) -> int:
    """The first member counts, and what is no number of seconds does not (RFC 9111 §5.1)."""
    text = value_of(headers, "age")
    return 0 if text is None else delta_seconds(text.partition(",")[0].strip()) or 0
