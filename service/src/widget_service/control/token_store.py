"""Tokens and leases in the database, beside the secrets that refresh tokens are kept in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta

from widget_service.authentication.grant import TokenKey
from widget_service.authentication.tokens.sealing import TokenSeal
from widget_service.authentication.tokens.shared import Rotation, SharedTokens, StoreLocked, StoreUnavailable
from widget_service.authentication.tokens.token import Token
from widget_service.authentication.tokens.valkey import ValkeyTokens
from widget_service.control.plane import ControlPlane
from widget_service.control.values import secret_value, write_secret
from widget_service.settings import Settings
from widget_service.storage import tokens
from widget_service.storage.changes import Change
from widget_service.storage.errors import DatabaseLocked, StorageError
from widget_service.vault import VaultError

ACTOR = "service"
WAIT_S = 1.0
"""A token is not worth a longer wait for a database that others are writing to."""

ROTATION_WAIT_S = 5.0
"""A refresh token is: two who use it at once may end the user's consent."""


class DatabaseTokens:
    """A `RotatingTokens` for the processes that share a database; a change waits ``wait_s`` for others at most."""

    at_once = 2  # one writes at a time in any case, and threads are few

    def __init__(self, plane: ControlPlane, wait_s: float = ROTATION_WAIT_S) -> None:
        self._plane, self._wait_s = plane, wait_s
        self.operation_s = wait_s + 1.0
        self._seal = TokenSeal(plane.master_keys)

    async def get(self, key: TokenKey) -> Token | None:
        """Return the token; None for none, and for one that cannot be read."""
        async with _in_our_words():
            return await asyncio.to_thread(self._get, key)

    async def put(self, key: TokenKey, token: Token) -> None:
        """Keep a token until it expires."""
        async with _in_our_words():
            await asyncio.to_thread(self._put, key, token)

    async def drop(self, key: TokenKey, token: Token) -> None:
        """Delete ``token``, and no other that has taken its place."""
        async with _in_our_words():
            await asyncio.to_thread(self._drop, key, token)

    async def acquire(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        """Take the lease for so long, unless another holder has it."""
        async with _in_our_words():
            return await asyncio.to_thread(self._acquire, key, holder, lease_s)

    async def renew(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        """Make the lease last for so long from now on; False when it is this holder's no more."""
        async with _in_our_words():
            return await asyncio.to_thread(self._renew, key, holder, lease_s)

    async def release(self, key: TokenKey, holder: str) -> None:
        """Give the lease back, if it is still this holder's."""
        async with _in_our_words():
            await asyncio.to_thread(self._release, key, holder)

    async def refresh_token(self, tenant_id: str, secret: str) -> str | None:
        """Return the secret's value as it is now, None where there is none."""
        async with _in_our_words():
            return await asyncio.to_thread(self._refresh_token, tenant_id, secret)

    async def rotate(self, rotation: Rotation) -> bool:
        """Keep the new refresh token and its access token; False when the secret is none of those it replaces."""
        async with _in_our_words():
            return await asyncio.to_thread(self._rotate, rotation)

    def _get(self, key: TokenKey) -> Token | None:
        with self._plane.database.read() as read:
            sealed = tokens.find(read, key.tenant_id, self._seal.name(key))
        return None if sealed is None else self._seal.open(key, sealed)

    def _put(self, key: TokenKey, token: Token) -> None:
        with self._change("token.put", key) as change:
            self._write(change, key, token)

    def _drop(self, key: TokenKey, token: Token) -> None:
        with self._change("token.drop", key) as change:
            sealed = tokens.find(change, key.tenant_id, self._seal.name(key))
            if sealed is not None and self._seal.open(key, sealed) == token:
                tokens.drop(change, key.tenant_id, self._seal.name(key), sealed)

    def _acquire(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        with self._change("token.lease", key) as change:
            return tokens.acquire(change, key.tenant_id, self._seal.name(key), holder, _after(change, lease_s))

    def _renew(self, key: TokenKey, holder: str, lease_s: float) -> bool:
        with self._change("token.lease", key) as change:
            return tokens.renew(change, key.tenant_id, self._seal.name(key), holder, _after(change, lease_s))

    def _release(self, key: TokenKey, holder: str) -> None:
        with self._change("token.release", key) as change:
            tokens.release(change, key.tenant_id, self._seal.name(key), holder)

    def _refresh_token(self, tenant_id: str, secret: str) -> str | None:
        with self._plane.database.read() as read:
            return secret_value(self._plane, read, tenant_id, secret)

    def _rotate(self, rotation: Rotation) -> bool:
        """Compare and write in one transaction; the access token goes with the refresh token that it came with."""
        tenant_id, name = rotation.tenant_id, rotation.secret
        with self._plane.database.change(actor=ACTOR, action="secret.rotate", tenant_id=tenant_id) as change:
            stored = secret_value(self._plane, change, tenant_id, name)
            if stored not in rotation.replaces:
                return stored == rotation.value
            write_secret(self._plane, change, tenant_id, name, rotation.value)
            for key, token in rotation.tokens.items():
                self._write(change, key, token)
        return True

    def _write(self, change: Change, key: TokenKey, token: Token) -> None:
        expires_at = datetime.fromtimestamp(token.expires_at, UTC)
        tokens.put(change, key.tenant_id, self._seal.name(key), self._seal.seal(key, token), expires_at)

    def _change(self, action: str, key: TokenKey) -> AbstractContextManager[Change]:
        return self._plane.database.change(actor=ACTOR, action=action, tenant_id=key.tenant_id, wait_s=self._wait_s)


class SharedTokenStores:
    """What the processes of one installation share: Valkey or Redis where it is set up, else the database.

    Tokens by refresh token are in the database in any case, where the secrets are.
    """

    def __init__(self, plane: ControlPlane, settings: Settings) -> None:
        self.rotating = DatabaseTokens(plane)
        self._database = DatabaseTokens(plane, WAIT_S)
        self._valkey = None
        if settings.cache_url is not None:
            from widget_service.valkey import valkey_client

            client = valkey_client(settings.cache_url.get_secret_value())
            self._valkey = ValkeyTokens(client, TokenSeal(plane.master_keys))

    @property
    def tokens(self) -> SharedTokens:
        """The store of all other tokens."""
        return self._valkey or self._database

    async def aclose(self) -> None:
        """Close the connections to Valkey."""
        if self._valkey is not None:
            await self._valkey.aclose()


def _after(change: Change, lease_s: float) -> datetime:
    return change.at + timedelta(seconds=lease_s)


@asynccontextmanager
async def _in_our_words() -> AsyncIterator[None]:
    try:
        yield
    except DatabaseLocked as error:
        raise StoreLocked(str(error)) from None
    except (StorageError, VaultError) as error:
        raise StoreUnavailable(str(error)) from None
