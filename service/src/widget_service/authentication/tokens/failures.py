"""Failures of token endpoints, remembered: a failing endpoint is not asked again by every request."""

from collections import OrderedDict
from dataclasses import dataclass, replace

from widget_service.authentication.grant import TokenGrant, TokenKey
from widget_service.errors import ServiceError

PAUSE_S = 5.0
"""No second attempt for so long, unless the server wishes for longer."""

MAX_PAUSE_S = 300.0
MEMORY_S = 30.0
"""For so long after the pause a failure is still news: requests do not wait for an endpoint that was silent."""

_MAX_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, and when the endpoint may be asked again, in seconds of a clock that nobody sets.

    ``is_silent`` says that the endpoint said nothing: no connection, or no answer in time.
    """

    error: ServiceError
    retry_at: float
    is_silent: bool = False

    def blocks(self, now: float) -> bool:
        """Whether the endpoint is left alone."""
        return now < self.retry_at


class Failures:
    """The last failure of each token; one of the endpoint itself counts for all of a tenant's tokens from there."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[TokenKey, Failure] = OrderedDict()

    def recent(self, grant: TokenGrant, now: float) -> Failure | None:
        """Return the failure that is still news, if there is one."""
        known = [failure for key in _keys(grant) if (failure := self._by_key.get(key)) is not None]
        latest = max(known, key=lambda failure: failure.retry_at, default=None)
        return latest if latest is not None and now < latest.retry_at + MEMORY_S else None

    def note(
        self,
        grant: TokenGrant,
        error: ServiceError,
        now: float,
        retry_after_s: float | None,
        *,
        of_endpoint: bool,
        is_silent: bool,
    ) -> None:
        """Remember a failure: of this token, or of the endpoint itself."""
        pause_s = min(max(retry_after_s or 0.0, PAUSE_S), MAX_PAUSE_S)
        key = _keys(grant)[of_endpoint]
        self._by_key[key] = Failure(error, now + pause_s, is_silent)
        self._by_key.move_to_end(key)
        if len(self._by_key) > _MAX_KEPT:
            self._by_key.popitem(last=False)

    def begin_attempt(self, grant: TokenGrant, now: float) -> None:
        """One more attempt is made: whoever wants another token from there leaves the endpoint alone meanwhile."""
        for key in _keys(grant):
            if key in self._by_key:
                self._by_key[key] = replace(self._by_key[key], retry_at=now + PAUSE_S)

    def forget(self, grant: TokenGrant) -> None:
        """The endpoint works again."""
        for key in _keys(grant):
            self._by_key.pop(key, None)


def _keys(grant: TokenGrant) -> tuple[TokenKey, TokenKey]:
    """Return the keys of the token and of its endpoint."""
    return grant.key, TokenKey(grant.tenant_id, grant.url)
