"""Refresh tokens that the server has replaced: known at once in this process, kept in the secret as soon as may be."""

import asyncio
from collections import OrderedDict
from dataclasses import replace

import structlog

from widget_service.authentication.grant import RotatingGrant, TokenKey
from widget_service.authentication.tokens.answer import MAX_TTL_S
from widget_service.authentication.tokens.shared import (
    RotatingTokens,
    Rotation,
    StoreLocked,
    StoreUnavailable,
    Tolerated,
)
from widget_service.authentication.tokens.token import Token

FIRST_RETRY_S = 0.1
MAX_RETRY_S = 60.0
LAST_ATTEMPT_S = 3.0
"""A process that ends waits for so long, at most, until what is not kept yet is kept."""

_MAX_KNOWN = 10_000

_Place = tuple[TokenKey, str]

log = structlog.get_logger("widget_service.tokens")


class Rotations:
    """The successors of refresh tokens. ``store`` holds the secrets that they are kept in; None in development mode."""

    def __init__(self, store: RotatingTokens | None) -> None:
        self._store = store
        self._successors: OrderedDict[_Place, str] = OrderedDict()
        self._origins: OrderedDict[_Place, str] = OrderedDict()
        self._unsaved: dict[tuple[str, str], Rotation] = {}
        self._savers: set[asyncio.Task[None]] = set()
        self._is_locked = False

    def latest(self, grant: RotatingGrant) -> RotatingGrant:
        """Return the grant by the newest refresh token that this process knows of."""
        origin = self._origins.get(_place(grant))
        if origin is not None and origin != grant.root:
            grant = grant.of(origin)
        newest = grant
        while (successor := self._successors.get(_place(newest))) is not None:
            newest = newest.by(successor)
        if newest is not grant:
            self._successors[_place(grant)] = newest.refresh_token
        return newest

    async def traced(self, grant: RotatingGrant, store: Tolerated) -> RotatingGrant:
        """Return the latest grant, also if another process has made the refresh token that this one begins with."""
        place = _place(grant)
        if place not in self._origins and (origin := await store.get(grant.origin_key)) is not None:
            _remember(self._origins, place, origin.value)
        return self.latest(grant)

    async def current(self, grant: RotatingGrant, store: Tolerated) -> RotatingGrant:
        """Return the grant by the refresh token that its secret holds now, whoever has replaced it."""
        if self._store is None or grant.secret is None:
            return self.latest(grant)
        try:
            async with asyncio.timeout(self._store.operation_s):
                stored = await self._store.refresh_token(grant.tenant_id, grant.secret)
        except (StoreUnavailable, TimeoutError) as error:
            log.warning("tokens.secret.unavailable", secret=grant.secret, reason=str(error))
            stored = None
        if stored is None or stored == grant.refresh_token:
            return self.latest(grant)
        return await self.traced(grant.anew(stored), store)

    def note(self, used: RotatingGrant, refresh_token: str, token: Token) -> None:
        """Remember the successor of the refresh token that was ``used``; `save` keeps it."""
        successor = used.by(refresh_token)
        self._successors.pop(_place(successor), None)  # a server may come back to an old one
        _remember(self._successors, _place(used), refresh_token)
        _remember(self._origins, _place(successor), used.root)
        if self._store is None or used.secret is None:
            _say_not_kept(used)
            return
        name = (used.tenant_id, used.secret)
        origin = Token(used.root, token.obtained_at, token.obtained_at + MAX_TTL_S)
        rotation = Rotation(
            tenant_id=used.tenant_id,
            secret=used.secret,
            replaces=frozenset({used.refresh_token}),
            value=refresh_token,
            tokens={used.key: token, successor.origin_key: origin},
        )
        if (earlier := self._unsaved.get(name)) is not None:
            replaces, tokens = rotation.replaces | earlier.replaces, {**earlier.tokens, **rotation.tokens}
            rotation = replace(rotation, replaces=replaces, tokens=tokens)
        self._unsaved[name] = rotation

    async def save(self, grant: RotatingGrant) -> None:
        """Keep what was noted in the secret; what cannot be kept now is tried again until it is."""
        rotation = self._unsaved.get((grant.tenant_id, grant.secret or ""))
        if self._store is None or rotation is None or await self._is_settled(self._store, rotation):
            return
        log.error("tokens.rotation.unsaved", secret=rotation.secret)
        saver = asyncio.create_task(self._save_later(self._store, rotation))
        self._savers.add(saver)
        saver.add_done_callback(self._savers.discard)

    async def aclose(self) -> None:
        """Try each that is not kept once more; what cannot be kept is lost, and said."""
        savers = list(self._savers)
        for saver in savers:
            saver.cancel()
        await asyncio.gather(*savers, return_exceptions=True)
        store = self._store
        if store is not None and self._unsaved:
            last = [asyncio.create_task(self._is_settled(store, rotation)) for rotation in self._unsaved.values()]
            _, late = await asyncio.wait(last, timeout=LAST_ATTEMPT_S)
            for attempt in late:
                attempt.cancel()
            await asyncio.gather(*last, return_exceptions=True)
        for _, secret in self._unsaved:
            log.error("tokens.rotation.lost", secret=secret, detail="consent must be given again")

    async def _is_settled(self, store: RotatingTokens, rotation: Rotation) -> bool:
        """Try once; return whether nothing is left to do."""
        try:
            kept = await store.rotate(rotation)
        except StoreUnavailable as error:
            self._is_locked = isinstance(error, StoreLocked)  # the store has waited itself: there is no time to lose
            log.warning("tokens.rotation.failed", secret=rotation.secret, reason=str(error))
            return False
        name = (rotation.tenant_id, rotation.secret)
        if self._unsaved.get(name) is rotation:
            del self._unsaved[name]
            _say_kept(rotation, kept)
        return True

    async def _save_later(self, store: RotatingTokens, rotation: Rotation) -> None:
        """Try until it is kept, or until a later rotation has taken this one over."""
        name, delay_s = (rotation.tenant_id, rotation.secret), FIRST_RETRY_S
        while self._unsaved.get(name) is rotation:
            await asyncio.sleep(delay_s)
            if await self._is_settled(store, rotation):
                return
            delay_s = FIRST_RETRY_S if self._is_locked else min(delay_s * 2, MAX_RETRY_S)


def _place(grant: RotatingGrant) -> _Place:
    return grant.lease_key, grant.refresh_token


def _remember(known: OrderedDict[_Place, str], place: _Place, value: str) -> None:
    known[place] = value
    known.move_to_end(place)
    if len(known) > _MAX_KNOWN:
        known.popitem(last=False)


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
