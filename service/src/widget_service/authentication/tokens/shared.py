"""What processes share: tokens, and leases by which one of them at a time asks for a token."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog

from widget_service.authentication.grant import TokenKey
from widget_service.authentication.tokens.token import Token

DOWN_S = 5.0
"""A store that failed is left alone for so long; each time it fails again, for twice as long as before."""

MAX_DOWN_S = 40.0

T = TypeVar("T")
log = structlog.get_logger("widget_service.tokens")


class StoreUnavailable(Exception):
    """The store cannot be used now; the message is for the log and holds no secret."""


class StoreBusy(StoreUnavailable):
    """The store is well, and has no time for this now."""


class StoreLocked(StoreUnavailable):
    """Others are writing to the store, for longer than they are waited for."""


class SharedTokens(Protocol):
    """A store that several processes use. Every method raises `StoreUnavailable`; leases end by themselves.

    ``at_once`` is how many operations it takes at a time, ``operation_s`` how long it may take for one.
    """

    at_once: int
    operation_s: float

    async def get(self, key: TokenKey) -> Token | None:
        """Return the token; None for none, and for one that cannot be read."""

    async def put(self, key: TokenKey, token: Token) -> None:
        """Keep a token until it expires."""

    async def drop(self, key: TokenKey, token: Token) -> None:
        """Delete ``token``, and no other that has taken its place."""

    async def acquire(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        """Take the lease for so long, unless another holder has it."""

    async def renew(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        """Make the lease last for so long from now on; False when it is this holder's no more."""

    async def release(self, key: TokenKey, holder: str) -> None:
        """Give the lease back, if it is still this holder's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A refresh token that the server has given in the place of ``replaces``, with the access token that came with it.

    The access token stands under each of its keys.
    """

    tenant_id: str
    secret: str
    replaces: frozenset[str] = field(repr=False)
    value: str = field(repr=False)
    tokens: Mapping[TokenKey, Token] = field(repr=False)


class RotatingTokens(SharedTokens, Protocol):
    """A store that holds the secrets as well, in which refresh tokens are kept."""

    async def refresh_token(self, tenant_id: str, secret: str) -> str | None:
        """Return the secret's value as it is now, None where there is none."""

    async def rotate(self, rotation: Rotation) -> bool:
        """Keep the new refresh token and its access token, in one transaction.

        False, and nothing is kept, when the secret holds none of those that it replaces: somebody has set it.
        """


class Tolerated:
    """A shared store that is never a reason for an error: while it cannot be used, each process is on its own.

    With ``waits_for_locks``, a store that others lock for long is no exception to its leases: nobody has one meanwhile.
    """

    def __init__(self, store: SharedTokens, monotonic: Callable[[], float], *, waits_for_locks: bool = False) -> None:
        self._store, self._monotonic, self._waits_for_locks = store, monotonic, waits_for_locks
        self._places = asyncio.Semaphore(store.at_once)
        self._down_until = float("-inf")
        self._pause_s = DOWN_S

    async def get(self, key: TokenKey) -> Token | None:
        """Return the token, None also when the store is down."""
        return await self._tried(lambda: self._store.get(key), None)

    async def put(self, key: TokenKey, token: Token) -> None:
        """Keep a token, if the store is up."""
        await self._tried(lambda: self._store.put(key, token), None)

    async def drop(self, key: TokenKey, token: Token) -> None:
        """Delete a token, if the store is up."""
        await self._tried(lambda: self._store.drop(key, token), None)

    async def acquire(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        """Take the lease; granted also when the store is down."""
        return await self._tried(lambda: self._store.acquire(key, holder, lease_s), True, when_locked=False)

    async def renew(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        """Renew the lease; granted also when the store is down."""
        return await self._tried(lambda: self._store.renew(key, holder, lease_s), True)

    async def release(self, key: TokenKey, holder: str) -> None:
        """Give the lease back; it ends by itself when the store is down."""
        await self._tried(lambda: self._store.release(key, holder), None)

    async def _tried(self, call: Callable[[], Awaitable[T]], otherwise: T, when_locked: T | None = None) -> T:
        if self._is_left_alone():
            return otherwise
        async with self._places:
            if self._is_left_alone():  # it failed while a place was waited for
                return otherwise
            try:
                async with asyncio.timeout(self._store.operation_s):
                    return await call()
            except StoreBusy:
                return otherwise
            except (StoreUnavailable, TimeoutError) as error:
                if self._waits_for_locks and isinstance(error, StoreLocked):
                    log.warning("tokens.store.locked", store=type(self._store).__name__)
                    return otherwise if when_locked is None else when_locked
                self._leave_alone(str(error) or "it does not answer in time")
                return otherwise

    def _is_left_alone(self) -> bool:
        return self._monotonic() < self._down_until

    def _leave_alone(self, reason: str) -> None:
        """Begin a pause, twice as long as the last one where that is not long ago: some of its operations may work."""
        if self._is_left_alone():  # several have failed at once
            return
        is_again = self._monotonic() - self._down_until < MAX_DOWN_S
        self._pause_s = min(self._pause_s * 2, MAX_DOWN_S) if is_again else DOWN_S
        self._down_until = self._monotonic() + self._pause_s
        log.warning("tokens.store.unavailable", store=type(self._store).__name__, reason=reason, pause_s=self._pause_s)
