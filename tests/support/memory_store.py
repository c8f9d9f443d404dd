"""What processes share, in memory: a store whose writes can be held up, and whose secret can be looked at."""

import asyncio

from widget_service.authentication.grant import TokenKey
from widget_service.authentication.tokens.shared import Rotation, StoreUnavailable
from widget_service.authentication.tokens.token import Token


class MemoryStore:
    """A `RotatingTokens`; ``gate`` holds writes up, ``is_down`` makes those of the secret fail."""

    at_once = 100
    operation_s = 30.0

    def __init__(self, secret: str = "r3fresh-0") -> None:
        self.tokens: dict[TokenKey, Token] = {}
        self.leases: dict[TokenKey, str] = {}
        self.secret = secret
        self.gate: asyncio.Event | None = None
        self.is_down = False

    async def get(self, key: TokenKey) -> Token | None:
        return self.tokens.get(key)

    async def put(self, key: TokenKey, token: Token) -> None:
        await self._held_up()
        if token.expires_at > token.obtained_at:
            self.tokens[key] = token

    async def drop(self, key: TokenKey, token: Token) -> None:
        if self.tokens.get(key) == token:
            del self.tokens[key]

    async def acquire(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        return self.leases.setdefault(key, holder) == holder

    async def renew(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        return self.leases.get(key) == holder

    async def release(self, key: TokenKey, holder: str) -> None:
        if self.leases.get(key) == holder:
            del self.leases[key]

    async def refresh_token(self, tenant_id: str, secret: str) -> str | None:
        return self.secret

    async def rotate(self, rotation: Rotation) -> bool:
        await self._held_up()
        if self.is_down:
            raise StoreUnavailable("down")
        if self.secret not in rotation.replaces:
            return self.secret == rotation.value
        self.secret = rotation.value
        self.tokens.update(rotation.tokens)
        return True

    async def _held_up(self) -> None:
        if self.gate is not None:
            await self.gate.wait()
