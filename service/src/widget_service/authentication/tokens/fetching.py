"""Fetching one token: from the other processes if one of them has it, else from its endpoint, one process at a time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakValueDictionary

import structlog

from widget_service.authentication.grant import RotatingGrant, TokenGrant, TokenKey
from widget_service.authentication.tokens.answer import read_answer
from widget_service.authentication.tokens.endpoint import Ask, sent_by
from widget_service.authentication.tokens.lease import LEASE_S, Lease
from widget_service.authentication.tokens.rotation import Rotations
from widget_service.authentication.tokens.shared import RotatingTokens, SharedTokens, Tolerated
from widget_service.authentication.tokens.showing import holds_secret
from widget_service.authentication.tokens.token import Token
from widget_service.egress.urls import UrlError, parse_url

LIMIT_S = 15.0
POLL_S = 0.05
SETTLE_S = 2.0
"""A token that was fetched waits no longer for the stores; what they do goes on."""

KEEPING_S = 1.0
"""For so long after a lock of the database, who was given a refresh token before it may keep it."""

PATIENCE = 2
"""So many leases long, a lease that others hold is waited for, where asking beside them does no harm."""

_END_S = 5.0

log = structlog.get_logger("widget_service.tokens")


class StillAsked(Exception):
    """Others are asking the endpoint, and did not come to an end in time."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A token, the key that it has, and where it came from."""

    token: Token
    key: TokenKey
    how: Literal["fetched", "shared"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is fetched: a token that others have only if it is ``wanted``.

    ``deliver`` takes what the endpoint gave, before any store does. ``refused`` is nobody's any more once there is
    another.
    """

    grant: TokenGrant
    wanted: Callable[[Token], bool]
    deliver: Callable[[Fetched], None]
    refused: Token | None = None
    limit_s: float = LIMIT_S


class Fetcher:
    """Holds what processes share.

    ``shared`` keeps the tokens of all; ``rotating`` those of refresh tokens, beside the secrets that these are kept in.
    """

    def __init__(
        self,
        ask: Ask,
        *,
        shared: SharedTokens | None = None,
        rotating: RotatingTokens | None = None,
        now: Callable[[], float] = time.time,
        lease_s: float = LEASE_S,
    ) -> None:
        self._ask, self._now, self._lease_s = ask, now, lease_s
        self._shared = None if shared is None else Tolerated(shared, time.monotonic)
        # Two who use a refresh token at once may end the user's consent: better no token for as long as a lock lasts.
        self._rotating = None if rotating is None else Tolerated(rotating, time.monotonic, waits_for_locks=True)
        self._turns: WeakValueDictionary[TokenKey, asyncio.Lock] = WeakValueDictionary()
        self._ending: set[asyncio.Task[None]] = set()
        self.rotations = Rotations(rotating)

    def latest(self, grant: TokenGrant) -> TokenGrant:
        """Return the grant as it is to be asked for, a refresh token replaced by its successor."""
        return self.rotations.latest(grant) if isinstance(grant, RotatingGrant) else grant

    async def fetch(self, errand: Errand) -> Fetched:
        """Return a token.

        Raises `TokenRefused`, `StillAsked`, `TimeoutError` where the endpoint did not answer, and what making the
        request and sending it raises.
        """
        grant = errand.grant
        async with self._turn(grant, errand.limit_s):
            store = self._rotating if isinstance(grant, RotatingGrant) and grant.secret is not None else self._shared
            if store is not None:
                return await self._fetch_shared(store, errand)
            fetched = await self._request(self.latest(grant), errand.limit_s)
            errand.deliver(fetched)
            return fetched

    async def aclose(self) -> None:
        """Wait a few seconds for what is being kept."""
        if self._ending:
            await asyncio.wait(set(self._ending), timeout=_END_S)
        await self.rotations.aclose()

    @asynccontextmanager
    async def _turn(self, grant: TokenGrant, limit_s: float) -> AsyncIterator[None]:
        """One refresh token is used by one request at a time, whatever else these ask for."""
        if not isinstance(grant, RotatingGrant):
            yield
            return
        turn = self._turns.setdefault(grant.lease_key, asyncio.Lock())
        async with _waiting(limit_s):
            await turn.acquire()
        try:
            yield
        finally:
            turn.release()

    async def _fetch_shared(self, store: Tolerated, errand: Errand) -> Fetched:
        grant = errand.grant
        if isinstance(grant, RotatingGrant):
            grant = await self.rotations.traced(grant, store)
        lease = Lease(store, grant.lease_key, self._lease_s)
        if (found := await self._found_while_waiting(store, grant, lease, errand)) is not None:
            return found
        fetched = None
        try:
            if isinstance(grant, RotatingGrant):
                if lease.was_held_up:
                    await asyncio.sleep(KEEPING_S)
                grant = await self.rotations.current(grant, store)
            # Another may have asked between the look and the lease: look again, now that nobody can.
            if (found := await _shared(store, grant, errand)) is not None:
                return found
            fetched = await self._request(grant, errand.limit_s)
            errand.deliver(fetched)
            return fetched
        finally:
            await self._end(self._keep(store, lease, grant, fetched, errand.refused))

    async def _found_while_waiting(
        self, store: Tolerated, grant: TokenGrant, lease: Lease, errand: Errand
    ) -> Fetched | None:
        """Return a token of the others; None with the lease, or without it after patience where that does no harm."""
        now = asyncio.get_running_loop().time
        patient_until = float("inf") if isinstance(grant, RotatingGrant) else now() + PATIENCE * self._lease_s
        async with _waiting(errand.limit_s):
            while True:
                if (found := await _shared(store, grant, errand)) is not None:
                    return found
                if await lease.acquire():
                    lease.keep()
                    return None
                if now() >= patient_until:
                    return None
                await asyncio.sleep(POLL_S)

    async def _request(self, grant: TokenGrant, limit_s: float) -> Fetched:
        now = self._now()
        request = grant.request(now)
        async with asyncio.timeout(limit_s):
            answer = await self._ask(request)
        granted = read_answer(answer, grant, host=host_of(grant), now=now, hidden=sent_by(request))
        if isinstance(grant, RotatingGrant) and granted.refresh_token is not None:
            self.rotations.note(grant, granted.refresh_token, granted.token)
        return Fetched(granted.token, grant.key, "fetched")

    async def _keep(
        self, store: Tolerated, lease: Lease, grant: TokenGrant, fetched: Fetched | None, refused: Token | None
    ) -> None:
        try:
            if fetched is None:
                return
            if isinstance(grant, RotatingGrant):
                await self.rotations.save(grant)
            if refused is not None:  # also where the new one ends at once, and is not kept
                await store.drop(grant.key, refused)
            await store.put(grant.key, fetched.token)
        finally:
            await lease.release()

    async def _end(self, ending: Coroutine[Any, Any, None]) -> None:
        """Do what is left as a task of its own: no limit and no caller's end may break it off."""
        task = asyncio.create_task(ending)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        task.add_done_callback(_look_at)
        await asyncio.wait({task}, timeout=SETTLE_S)


@asynccontextmanager
async def _waiting(limit_s: float) -> AsyncIterator[None]:
    """Wait for others, no longer than ``limit_s``: that their request takes long is no fault of the endpoint."""
    try:
        async with asyncio.timeout(limit_s):
            yield
    except TimeoutError:
        raise StillAsked from None


async def _shared(store: Tolerated, grant: TokenGrant, errand: Errand) -> Fetched | None:
    token = await store.get(grant.key)
    return Fetched(token, grant.key, "shared") if token is not None and errand.wanted(token) else None


def host_of(grant: TokenGrant) -> str:
    """Return the host of the token endpoint, for messages."""
    try:
        host = parse_url(grant.url).host
    except UrlError:
        return "of the connector"
    return "of the connector" if holds_secret(host, grant.hidden) else host


def _look_at(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.error("tokens.unforeseen", kind=type(error).__name__, exc_info=error)
