"""Keys that an identity provider publishes (JWK Set, RFC 7517): fetched when needed, kept, renewed beside the calls.

A call waits for a fetch only when its token names a key that is not known, and never for long; a key that is not there
either is not asked for again at once. While the provider is away, the last keys that it published stay.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from widget_service.identity.user_keys import UserKey

WAIT_S = 2.0
"""The longest that a call waits."""
MIN_INTERVAL_S = 10.0
"""Between two fetches, whatever tokens ask for."""
MIN_FRESH_S, MAX_FRESH_S, DEFAULT_FRESH_S = 60.0, 24 * 3600.0, 600.0

log = structlog.get_logger("widget_service.identity")


class KeysUnavailable(Exception):
    """The keys could not be fetched; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a fetch brought; ``fresh_s`` is how long the provider calls it fresh, None where it does not say."""

    keys: Sequence[UserKey]
    fresh_s: float | None = None


class PublishedKeys:
    """The keys at one address, of one tenant."""

    def __init__(
        self,
        tenant_id: str,
        fetch: Callable[[], Awaitable[Fetched]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wait_s: float = WAIT_S,
    ) -> None:
        self._tenant_id = tenant_id
        self._fetch = fetch
        self._monotonic = monotonic
        self._wait_s = wait_s
        self._keys: Sequence[UserKey] = ()
        self._stale_at = float("-inf")
        self._may_fetch_at = float("-inf")
        self._task: asyncio.Task[None] | None = None
        self._is_away = False

    @property
    def keys(self) -> Sequence[UserKey]:
        """The keys as they were last published."""
        return self._keys

    def renew_if_stale(self) -> None:
        """Begin to fetch the keys anew, beside the calls, when it is time."""
        if self._monotonic() >= self._stale_at:
            self._begin()

    async def look_again(self) -> bool:
        """Fetch the keys, as a token names one that is not known; whether they are other ones now.

        Several calls wait for one fetch, each for ``wait_s`` at most; none does when there has been one just now.
        """
        before = self._keys
        task = self._begin()
        if task is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._wait_s):
                    await asyncio.shield(task)
        return self._keys is not before

    async def aclose(self) -> None:
        """Break a fetch off."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _begin(self) -> "asyncio.Task[None] | None":
        """Return the fetch that runs, begun now where there may be another."""
        if self._task is not None and not self._task.done():
            return self._task
        if self._monotonic() < self._may_fetch_at:
            return None
        self._task = asyncio.create_task(self._renew())
        return self._task

    async def _renew(self) -> None:
        try:
            fetched = await self._fetch()
        except KeysUnavailable as error:
            self._say(str(error))
            fresh_s = MIN_FRESH_S
        else:
            if [key.as_published for key in fetched.keys] != [key.as_published for key in self._keys]:
                self._keys = tuple(fetched.keys)
                log.info("user_keys.fetched", tenant=self._tenant_id, keys=len(self._keys))
            self._is_away = False
            fresh_s = DEFAULT_FRESH_S if fetched.fresh_s is None else fetched.fresh_s
        now = self._monotonic()
        self._may_fetch_at = now + MIN_INTERVAL_S
        self._stale_at = now + min(max(fresh_s, MIN_FRESH_S), MAX_FRESH_S)

    def _say(self, reason: str) -> None:
        if not self._is_away:
            log.warning("user_keys.unavailable", tenant=self._tenant_id, reason=reason, kept=len(self._keys))
        self._is_away = True
