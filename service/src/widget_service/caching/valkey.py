"""Entries, epochs and leases in Valkey or Redis: never a reason for an error, left alone for a while if it fails."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from widget_service.caching.entry import Entry
from widget_service.caching.flights import Landing
from widget_service.caching.memory import Key, Variants
from widget_service.caching.sealing import EntrySeal
from widget_service.caching.shared import Looked
from widget_service.valkey import DELETE_IF_EQUAL, is_exhausted, reason_of

if TYPE_CHECKING:
    from redis.asyncio import Redis

PREFIX = "widget-service:cache"
OPERATION_S = 1.0
"""No operation takes longer: by then the destination would have answered."""
DOWN_S = 5.0
"""A store that failed is left alone for so long."""
LEASE_S = 5.0
"""One who fetches and dies is survived after so long."""
KEPT_S = 7 * 24 * 3600.0
EPOCH_KEPT_S = KEPT_S + 24 * 3600.0
"""Longer than any entry: an epoch must not be forgotten before those that it has ended."""
NOT_KEPT_S = 5.0
MAX_UNTOLD = 10_000

_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.01, 0.1

T = TypeVar("T")
log = structlog.get_logger("widget_service.caching")


class ValkeyEntries:
    """A `SharedEntries`; ``now`` returns Unix seconds."""

    is_there = True
    trusted_s = 1.0

    def __init__(
        self,
        client: "Redis",
        seal: EntrySeal,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._seal, self._now, self._monotonic = client, seal, now, monotonic
        self._down_until = float("-inf")
        self._held: dict[Key, str] = {}
        self._untold: dict[str, str] = {}

    @property
    def is_down(self) -> bool:
        """Whether it could not be used when it was last tried."""
        return self._down_until > float("-inf")

    async def get(self, key: Key, uri: str) -> Looked | None:
        """Return what is kept under ``key``; None while the store cannot be used."""
        name, epoch_name = self._seal.name(key), _of("epoch", self._seal.name(uri))
        untold = self._untold.get(epoch_name)
        if untold is not None and not await self._tell(epoch_name, untold):
            return None
        answers = await self._tried(lambda: self._client.mget(_of("entry", name), epoch_name))
        if answers is None:
            return None
        sealed, epoch = answers
        known = epoch.decode("ascii", "replace") if isinstance(epoch, bytes) else ""
        return Looked(await self._opened(name, sealed), known)

    async def put(self, key: Key, entry: Entry) -> None:
        """Keep an entry for as long as it is useful."""
        await self._put(key, entry, entry.useful_until)

    async def put_variants(self, key: Key, names: tuple[str, ...], until: float) -> None:
        """Note which headers tell the entries of a key apart, until then (Unix seconds)."""
        await self._put(key, Variants(names), until)

    async def drop(self, key: Key) -> None:
        """Forget an entry."""
        await self._tried(lambda: self._client.delete(_of("entry", self._seal.name(key))))

    async def end_epoch(self, uri: str, epoch: str) -> None:
        """Begin a new epoch for a URI."""
        await self._tell(_of("epoch", self._seal.name(uri)), epoch)

    async def claim(
        self, key: Key, look: Callable[[], Awaitable[Entry | None]], wait_s: float
    ) -> Entry | Landing | None:
        """Return None to who shall fetch now, else what another has fetched, or why there is nothing of it."""
        until, pause_s = self._monotonic() + min(wait_s, LEASE_S), _FIRST_PAUSE_S
        while True:
            is_mine, has_failed = await self._acquire(key)
            if has_failed:
                return Landing.NOT_KEPT
            if (entry := await look()) is not None:
                if is_mine:
                    await self.release(key, kept=True)
                return entry
            if is_mine:
                return None
            if self._monotonic() >= until:
                if wait_s >= LEASE_S:  # one that lasts longer is nobody's any more
                    await self._tried(lambda: self._client.delete(_of("lease", self._seal.name(key))))
                return Landing.SLOW
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _LAST_PAUSE_S)

    async def release(self, key: Key, *, kept: bool) -> None:
        """Let others fetch; where nothing was ``kept``, all of them at once."""
        holder = self._held.pop(key, None)
        if holder is None:
            return
        name = self._seal.name(key)
        if not kept:
            await self._tried(lambda: self._client.set(_of("none", name), b"1", px=int(NOT_KEPT_S * 1000)))
        await self._tried(lambda: self._client.eval(DELETE_IF_EQUAL, 1, _of("lease", name), holder))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _tell(self, name: str, epoch: str) -> bool:
        """Write an epoch; one that the store does not take now is told before it is asked for that URI again."""
        if await self._tried(lambda: self._client.set(name, epoch, px=int(EPOCH_KEPT_S * 1000))):
            self._untold.pop(name, None)
            return True
        if len(self._untold) < MAX_UNTOLD:
            self._untold[name] = epoch
        return False

    async def _acquire(self, key: Key) -> tuple[bool, bool]:
        """Return whether the lease is ours now, and whether the answer is known as one that cannot be kept."""
        name, holder = self._seal.name(key), secrets.token_hex(16)

        async def ask() -> list[Any]:
            async with self._client.pipeline(transaction=False) as pipe:
                pipe.exists(_of("none", name))
                pipe.set(_of("lease", name), holder, nx=True, px=int(LEASE_S * 1000))
                return list(await pipe.execute())

        answers = await self._tried(ask)
        if answers is None:  # each process is on its own
            return True, False
        has_failed, is_mine = map(bool, answers)
        if is_mine:
            self._held[key] = holder
        return is_mine, has_failed

    async def _put(self, key: Key, kept: Entry | Variants, until: float) -> None:
        lifetime_ms = int(min(until - self._now(), KEPT_S) * 1000)
        if lifetime_ms > 0:
            name = self._seal.name(key)
            sealed = self._seal.seal(name, kept)
            await self._tried(lambda: self._client.set(_of("entry", name), sealed, px=lifetime_ms))

    async def _opened(self, name: str, sealed: Any) -> Entry | Variants | None:
        if sealed is None:
            return None
        kept = self._seal.open(name, sealed) if isinstance(sealed, bytes) else None
        if kept is None:
            log.warning("cache.entry.unreadable", entry=name[:16], bytes=len(sealed))
            await self._tried(lambda: self._client.delete(_of("entry", name)))
        return kept

    async def _tried(self, call: Callable[[], Awaitable[T]]) -> T | None:
        """Return what the store says, None where it cannot be asked."""
        if (now := self._monotonic()) < self._down_until:
            return None
        if self._down_until > float("-inf"):
            self._down_until = now + DOWN_S  # one tries whether it is back, the others do without
        try:
            async with asyncio.timeout(OPERATION_S):
                answer = await call()
        except Exception as error:  # noqa: BLE001 - whatever the client does wrong, calls go on
            if not is_exhausted(error):
                self._down_until = self._monotonic() + DOWN_S
                log.warning("cache.store.unavailable", reason=reason_of(error))
            return None
        self._down_until = float("-inf")
        return answer


def _of(kind: str, name: str) -> str:
    return f"{PREFIX}:{kind}:{name}"
