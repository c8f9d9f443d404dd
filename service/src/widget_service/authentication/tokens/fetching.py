"""Fetching one token: from the other processes if one of them has it, else from its endpoint, one process at a time."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from widget_service.authentication.grant import RotatingGrant, TokenGrant, TokenKey
from widget_service.authentication.tokens.answer import Granted, read_answer
from widget_service.authentication.tokens.endpoint import Ask
from widget_service.authentication.tokens.lease import LEASE_S, Lease
from widget_service.authentication.tokens.rotation import Rotations
from widget_service.authentication.tokens.shared import RotatingTokens, SharedTokens, Tolerated
from widget_service.authentication.tokens.token import Token
from widget_service.egress.urls import UrlError, parse_url

POLL_S = 0.05
Wanted = Callable[[Token], bool]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A token, the keys that it has, and where it came from."""

    token: Token
    keys: tuple[TokenKey, ...]
    how: Literal["fetched", "shared"]


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
        self._rotating = None if rotating is None else Tolerated(rotating, time.monotonic)
        self.rotations = Rotations(rotating)

    def latest(self, grant: TokenGrant) -> TokenGrant:
        """Return the grant as it is to be asked for, a refresh token replaced by its successor."""
        return self.rotations.latest(grant) if isinstance(grant, RotatingGrant) else grant

    async def fetch(self, grant: TokenGrant, wanted: Wanted, refused: Token | None = None) -> Fetched:
        """Return a token; one that others have only if it is ``wanted``. ``refused`` is nobody's any more.

        Raises `TokenRefused`, and what making the request and sending it raises.
        """
        store = self._rotating if isinstance(grant, RotatingGrant) and grant.secret is not None else self._shared
        if store is None:
            return await self._fetch(grant)
        if refused is not None:
            await store.drop(grant.key, refused)
        lease = Lease(store, grant.lease_key, self._lease_s)
        while True:
            if (found := await _shared(store, grant, wanted)) is not None:
                return found
            if await lease.acquire():
                break
            await asyncio.sleep(POLL_S)
        async with lease.held():
            if isinstance(grant, RotatingGrant):
                grant = await self.rotations.current(grant)
            # Another may have asked between the look and the lease: look again, now that nobody can.
            if (found := await _shared(store, grant, wanted)) is not None:
                return found
            fetched = await self._fetch(grant)
            await store.put(grant.key, fetched.token)
            return fetched

    async def _fetch(self, grant: TokenGrant) -> Fetched:
        now = self._now()
        granted = read_answer(await self._ask(grant.request(now)), grant, host=host_of(grant), now=now)
        return Fetched(granted.token, await self._keys(grant, granted), "fetched")

    async def _keys(self, grant: TokenGrant, granted: Granted) -> tuple[TokenKey, ...]:
        if isinstance(grant, RotatingGrant) and granted.refresh_token is not None:
            return await self.rotations.note(grant, granted.refresh_token, granted.token)
        return (grant.key,)


async def _shared(store: Tolerated, grant: TokenGrant, wanted: Wanted) -> Fetched | None:
    token = await store.get(grant.key)
    return Fetched(token, (grant.key,), "shared") if token is not None and wanted(token) else None


def host_of(grant: TokenGrant) -> str:
    """Return the host of the token endpoint, for messages."""
    try:
        return parse_url(grant.url).host
    except UrlError:
        return "of the connector"
