"""Refresh tokens that the server has replaced: known at once in this process, kept in the secret as soon as may be."""

import asyncio
from collections import OrderedDict
from dataclasses import replace

import structlog

from widget_service.authentication.grant import RotatingGrant, TokenKey
from widget_service.authentication.tokens.shared import RotatingTokens, Rotation, StoreUnavailable
from widget_service.authentication.tokens.token import Token

MAX_RETRY_S = 60.0
_MAX_KNOWN = 10_000

log = structlog.get_logger("widget_service.tokens")


class Rotations:
    """The successors of refresh tokens. ``store`` holds the secrets that they are kept in; None in development mode."""

    def __init__(self, store: RotatingTokens | None) -> None:
        self._store = store
        self._successors: OrderedDict[TokenKey, str] = OrderedDict()
        self._unsaved: dict[tuple[str, str], Rotation] = {}
        self._savers: set[asyncio.Task[None]] = set()

    def latest(self, grant: RotatingGrant) -> RotatingGrant:
        """Return the grant by the newest refresh token that this process knows of."""
        newest = grant
        while (successor := self._successors.get(newest.key)) is not None:
            newest = newest.by(successor)
        if newest is not grant:
            self._successors[grant.key] = newest.refresh_token
        return newest

    async def current(self, grant: RotatingGrant) -> RotatingGrant:
        """Return the grant by the refresh token that its secret holds now, whoever has replaced it."""
        if self._store is None or grant.secret is None:
            return self.latest(grant)
        try:
            stored = await self._store.refresh_token(grant.tenant_id, grant.secret)
        except StoreUnavailable as error:
            log.warning("tokens.secret.unavailable", secret=grant.secret, reason=str(error))
            stored = None
        return self.latest(grant if stored is None or stored == grant.refresh_token else grant.by(stored))

    async def note(self, used: RotatingGrant, refresh_token: str, token: Token) -> tuple[TokenKey, ...]:
        """Keep the successor of the refresh token that was ``used``; return the keys that ``token`` has now."""
        successor = used.by(refresh_token)
        self._successors.pop(successor.key, None)  # a server may come back to an old one
        self._successors[used.key] = refresh_token
        if len(self._successors) > _MAX_KNOWN:
            self._successors.popitem(last=False)
        keys = (used.key, successor.key)
        if self._store is None or used.secret is None:
            _say_not_kept(used)
            return keys
        rotation = Rotation(
            tenant_id=used.tenant_id,
            secret=used.secret,
            replaces=frozenset({used.refresh_token}),
            value=refresh_token,
            tokens=dict.fromkeys(keys, token),
        )
        await self._save(self._store, rotation)
        return keys

    async def aclose(self) -> None:
        """Stop trying; what could not be kept is lost, and said."""
        for saver in list(self._savers):
            saver.cancel()
        await asyncio.gather(*self._savers, return_exceptions=True)
        for _, secret in self._unsaved:
            log.error("tokens.rotation.lost", secret=secret, detail="consent must be given again")

    async def _save(self, store: RotatingTokens, rotation: Rotation) -> None:
        name = (rotation.tenant_id, rotation.secret)
        if (earlier := self._unsaved.pop(name, None)) is not None:
            rotation = replace(rotation, replaces=rotation.replaces | earlier.replaces)
        try:
            kept = await store.rotate(rotation)
        except StoreUnavailable as error:
            log.error("tokens.rotation.unsaved", secret=rotation.secret, reason=str(error))
            self._unsaved[name] = rotation
            self._start_saver(store, rotation)
            return
        _say_kept(rotation, kept)

    def _start_saver(self, store: RotatingTokens, rotation: Rotation) -> None:
        saver = asyncio.create_task(self._save_later(store, rotation))
        self._savers.add(saver)
        saver.add_done_callback(self._savers.discard)

    async def _save_later(self, store: RotatingTokens, rotation: Rotation) -> None:
        """Try until it is kept, or until a later rotation has taken this one over."""
        name, delay_s = (rotation.tenant_id, rotation.secret), 1.0
        while self._unsaved.get(name) is rotation:
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, MAX_RETRY_S)
            try:
                kept = await store.rotate(rotation)
            except StoreUnavailable:
                continue
            if self._unsaved.get(name) is rotation:
                del self._unsaved[name]
            _say_kept(rotation, kept)
            return


def _say_kept(rotation: Rotation, kept: bool) -> None:
    if kept:
        log.info("tokens.rotation.kept", secret=rotation.secret)
    else:
        log.warning("tokens.rotation.not_kept", secret=rotation.secret, detail="somebody has set the secret meanwhile")


def _say_not_kept(grant: RotatingGrant) -> None:
    log.warning(
        "tokens.rotation.in_memory",
        secret=grant.secret,
        detail="The server has replaced the refresh token. The new one is used until this process ends, and is kept "
        "nowhere: a refresh token is kept where the service has a database and the configuration is one secret, "
        "{{ get_secret('name') }}.",
    )
