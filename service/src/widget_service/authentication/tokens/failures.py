"""Failures of token endpoints, remembered: a failing endpoint is not asked again by every request."""

from collections import OrderedDict
from dataclasses import dataclass

from widget_service.authentication.grant import TokenKey
from widget_service.errors import ServiceError

PAUSE_S = 5.0
"""No second attempt for so long, unless the server wishes for longer."""

MAX_PAUSE_S = 300.0
MEMORY_S = 30.0
"""For so long after the pause a failure is still news: requests do not wait for the next attempt."""

_MAX_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, and when the endpoint may be asked again. Unix seconds."""

    error: ServiceError
    retry_at: float

    def blocks(self, now: float) -> bool:
        """Whether the endpoint is left alone."""
        return now < self.retry_at


class Failures:
    """The last failure of each token."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[TokenKey, Failure] = OrderedDict()

    def recent(self, key: TokenKey, now: float) -> Failure | None:
        """Return the failure that is still news, if there is one."""
        failure = self._by_key.get(key)
        return failure if failure is not None and now < failure.retry_at + MEMORY_S else None

    def note(self, key: TokenKey, error: ServiceError, now: float, retry_after_s: float | None = None) -> None:
        """Remember a failure."""
        pause_s = min(max(retry_after_s or 0.0, PAUSE_S), MAX_PAUSE_S)
        self._by_key[key] = Failure(error, now + pause_s)
        self._by_key.move_to_end(key)
        if len(self._by_key) > _MAX_KEPT:
            self._by_key.popitem(last=False)

    def forget(self, key: TokenKey) -> None:
        """The endpoint works again."""
        self._by_key.pop(key, None)
