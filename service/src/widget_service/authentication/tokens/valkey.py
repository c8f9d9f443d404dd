"""Tokens and leases in Valkey or Redis."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from widget_service.authentication.grant import TokenKey
from widget_service.authentication.tokens.sealing import TokenSeal
from widget_service.authentication.tokens.shared import StoreBusy, StoreUnavailable
from widget_service.authentication.tokens.token import Token

if TYPE_CHECKING:
    from redis.asyncio import Redis

PREFIX = "widget-service"
_RENEW = "if redis.call('GET',KEYS[1])==ARGV[1] then return redis.call('PEXPIRE',KEYS[1],ARGV[2]) end return 0"


class ValkeyTokens:
    """A `SharedTokens` whose entries end by themselves."""

    at_once = 20
    operation_s = 2.0

    def __init__(self, client: "Redis", seal: TokenSeal, *, now: Callable[[], float] = time.time) -> None:
        self._client, self._seal, self._now = client, seal, now

    async def get(self, key: TokenKey) -> Token | None:
        """Return the token; None for none, and for one that cannot be read."""
        sealed = await self._sealed(key)
        return None if sealed is None else self._seal.open(key, sealed)

    async def put(self, key: TokenKey, token: Token) -> None:
        """Keep a token until it expires."""
        lifetime_ms = int((token.expires_at - self._now()) * 1000)
        if lifetime_ms > 0:
            async with _in_our_words():
                await self._client.set(self._name("token", key), self._seal.seal(key, token), px=lifetime_ms)

    async def drop(self, key: TokenKey, token: Token) -> None:
        """Delete ``token``, and no other that has taken its place."""
        sealed = await self._sealed(key)
        if sealed is not None and self._seal.open(key, sealed) == token:
            await self._run(_delete_if_equal(), self._name("token", key), sealed)

    async def acquire(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        """Take the lease for so long, unless another holder has it."""
        async with _in_our_words():
            return bool(await self._client.set(self._name("lease", key), holder, nx=True, px=int(lease_s * 1000)))

    async def renew(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        """Make the lease last for so long from now on; False when it is this holder's no more."""
        return bool(await self._run(_RENEW, self._name("lease", key), holder, int(lease_s * 1000)))

    async def release(self, key: TokenKey, holder: str) -> None:
        """Give the lease back, if it is still this holder's."""
        await self._run(_delete_if_equal(), self._name("lease", key), holder)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _sealed(self, key: TokenKey) -> bytes | None:
        async with _in_our_words():
            sealed = await self._client.get(self._name("token", key))
        return sealed if isinstance(sealed, bytes) else None

    async def _run(self, script: str, name: str, *arguments: Any) -> Any:
        async with _in_our_words():
            return await self._client.eval(script, 1, name, *arguments)

    def _name(self, kind: str, key: TokenKey) -> str:
        return f"{PREFIX}:{kind}:{self._seal.name(key)}"


@asynccontextmanager
async def _in_our_words() -> AsyncIterator[None]:
    from widget_service.valkey import is_exhausted, reason_of

    try:
        yield
    except Exception as error:  # noqa: BLE001 - a store is never a reason for an error
        raise (StoreBusy if is_exhausted(error) else StoreUnavailable)(reason_of(error)) from None


def _delete_if_equal() -> str:
    from widget_service.valkey import DELETE_IF_EQUAL  # the library takes long to load

    return DELETE_IF_EQUAL
