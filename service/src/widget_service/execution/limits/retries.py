"""When a call is made a second time, and after which pause: only where nothing can happen twice. No I/O.

A request whose connection was never established cannot have done anything, whatever its method. Any other is repeated
only where the connector says so, for methods that are idempotent (RFC 9110 §9.2.2) or that it lists.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from widget_service.connectors.options import IDEMPOTENT_METHODS, Retry
from widget_service.errors import ServiceError, UpstreamError

TEMPORARY_STATUSES = frozenset({429, 502, 503, 504})
"""Too many requests (RFC 6585 §4), and what gateways say of a server behind them (RFC 9110 §15.6.3-5)."""

FIRST_PAUSE_S = 0.1


def pause_after_failure(
    retry: Retry | None, method: str, attempt: int, error: ServiceError, random: Callable[[], float]
) -> float | None:
    """Return the seconds before the next attempt after ``error``, None where there is none; ``attempt`` is from 1."""
    if retry is None or attempt >= retry.attempts or not isinstance(error, UpstreamError):
        return None
    if error.code not in ("UPSTREAM_UNREACHABLE", "UPSTREAM_TIMEOUT"):
        return None
    if not error.never_sent and not _may_repeat(retry, method):
        return None
    return _pause(attempt, random)


def pause_after_answer(
    retry: Retry | None,
    method: str,
    attempt: int,
    status: int,
    retry_after: str | None,
    random: Callable[[], float],
) -> float | None:
    """Return the seconds before the next attempt after an answer, None where it is the answer that counts."""
    if retry is None or status not in TEMPORARY_STATUSES or attempt >= retry.attempts:
        return None
    if not _may_repeat(retry, method):
        return None
    asked_s = None if retry_after is None else retry_after_s(retry_after, datetime.now(UTC))
    return max(_pause(attempt, random), asked_s or 0.0)


def retry_after_s(text: str, now: datetime) -> float | None:
    """Return the seconds that ``Retry-After`` asks to wait (RFC 9110 §10.2.3), None where it cannot be read."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())


def _may_repeat(retry: Retry, method: str) -> bool:
    return method in (IDEMPOTENT_METHODS if retry.methods is None else retry.methods)


def _pause(attempt: int, random: Callable[[], float]) -> float:
    """Twice as long each time, and up to as much again, so that those who failed together do not return together."""
    return FIRST_PAUSE_S * 2.0 ** (attempt - 1) * (1 + random())
