"""A lease, held: renewed while its holder works, given back when it is done; a dead holder's ends by itself."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from widget_service.authentication.grant import TokenKey
from widget_service.authentication.tokens.shared import Tolerated

LEASE_S = 5.0
"""A holder that died is survived after so long."""

HELD_UP_S = 0.5

_RENEWALS = 4

log = structlog.get_logger("widget_service.tokens")


class Lease:
    """One holder's side of a lease."""

    def __init__(self, store: Tolerated, key: TokenKey, lease_s: float) -> None:
        self._store, self._key, self._lease_s = store, key, lease_s
        self._holder = secrets.token_hex(16)
        self._keeper: asyncio.Task[None] | None = None
        self.was_held_up = False
        """Whether the store took long: its holder of before may have had no chance yet to keep what it was given."""

    async def acquire(self) -> bool:
        """Take the lease; False while somebody else has it."""
        now = asyncio.get_running_loop().time
        began = now()
        is_taken = await self._store.acquire(self._key, self._holder, self._lease_s)
        self.was_held_up |= now() - began > HELD_UP_S
        return is_taken

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Keep the lease that was taken for as long as the block lasts."""
        self.keep()
        try:
            yield
        finally:
            await self.release()

    def keep(self) -> None:
        """Renew the lease that was taken, until it is released."""
        self._keeper = asyncio.create_task(self._keep())

    async def release(self) -> None:
        """Give the lease back, if it was taken."""
        if self._keeper is not None:
            self._keeper.cancel()
            await self._store.release(self._key, self._holder)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / _RENEWALS)
            if not await self._store.renew(self._key, self._holder, self._lease_s):
                log.warning("tokens.lease.lost", tenant=self._key.tenant_id)
                return
