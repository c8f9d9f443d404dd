"""The directory of all tenants from the database; only what concerns tenants that were changed is read anew."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog

from widget_service.connectors.snapshot import DEFAULT_TENANT
from widget_service.control.plane import ControlPlane
from widget_service.control.snapshots import SnapshotSource
from widget_service.control.user_keys import JWKS_URL, opened, read_own_keys
from widget_service.egress.urls import parse_url
from widget_service.identity.directory import Directory, ServedTenant
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.published_keys import PublishedKeys
from widget_service.identity.quotas import Quotas
from widget_service.identity.remembered import Remembered
from widget_service.identity.user_tokens import RememberedTokens, UserTokens, user_keys_of
from widget_service.storage import revisions, tenants, user_keys
from widget_service.storage.changes import Read
from widget_service.storage.tenants import Tenant
from widget_service.vault import VaultError

log = structlog.get_logger("widget_service.control")

PublishedAt = Callable[[str, str], PublishedKeys]
"""Returns the keys of a tenant that are published at a URL, the same object each time."""


@dataclass(slots=True)
class _Known:
    """One tenant, as it was read last."""

    source: SnapshotSource
    served: ServedTenant | None = None
    keys: object = None
    user_tokens: UserTokens | None = None


def check_tenants(plane: ControlPlane) -> None:
    """Read every tenant; raise what keeps one from being served: `StorageError`, `VaultError`."""
    with plane.database.read() as read:
        listed = tenants.all_tenants(read)
        if not listed:
            tenants.get(read, DEFAULT_TENANT)
        for tenant in listed:
            SnapshotSource(plane, tenant.id).read_in(read)
            read_own_keys(plane, read, tenant.id)


class DirectorySource:
    """Reads directories; what did not change since the last one is the same in the next one."""

    def __init__(self, plane: ControlPlane, published: PublishedAt) -> None:
        self._plane = plane
        self._published = published
        self._remembered: RememberedTokens = Remembered()
        self._tenants: dict[str, _Known] = {}
        self._last: tuple[int, datetime | None] = (0, None)

    def read(self, *, strictly: bool = False) -> Directory:
        """Return all tenants as they are now; raise `StorageError`.

        A tenant whose keys cannot be opened stays as it was, or away, and the log says so; ``strictly``, `VaultError`
        is raised instead.
        """
        with self._plane.database.read() as read:
            listed = tenants.all_tenants(read)
            changed = self._changed(read, listed)
            self._tenants = {
                tenant.id: self._tenants.get(tenant.id) or _Known(SnapshotSource(self._plane, tenant.id))
                for tenant in listed
            }
            for tenant in listed:
                if tenant.id in changed:
                    self._read_tenant(read, tenant, strictly=strictly)
            number = revisions.current(read)
            self._last = (number, revisions.moment_of(read, number))
        served = [known.served for known in self._tenants.values() if known.served is not None]
        return Directory(served, shared_hosts=self._shared_hosts())

    def _changed(self, read: Read, listed: Iterable[Tenant]) -> set[str]:
        """Return the tenants to read: all of them where the history is not the one that was followed."""
        every = {tenant.id for tenant in listed}
        number, moment = self._last
        if moment is None or revisions.moment_of(read, number) != moment:
            return every
        since = revisions.tenants_since(read, number)
        if None in since:
            return every
        unread = {id_ for id_ in every if id_ not in self._tenants or self._tenants[id_].served is None}
        return unread | {id_ for id_ in every if id_ in since}

    def _read_tenant(self, read: Read, tenant: Tenant, *, strictly: bool) -> None:
        known = self._tenants[tenant.id]
        try:
            known.served = self._served(read, tenant, known)
        except VaultError as error:
            if strictly:
                raise
            log.error("tenant.unreadable", tenant=tenant.id, reason=str(error))

    def _served(self, read: Read, tenant: Tenant, known: _Known) -> ServedTenant:
        settings = self._plane.settings
        url = tenant.settings.get(JWKS_URL)
        published = self._published(tenant.id, url) if url else None
        is_default = tenant.id == DEFAULT_TENANT
        return ServedTenant(
            tenant.id,
            known.source.read_in(read),
            OriginPolicy(
                public_url=settings.public_url,
                allowed_origins=[*tenant.origins, *(settings.allowed_origins if is_default else ())],
                own_hosts=tenant.hosts,
            ),
            self._user_tokens(read, known, tenant.id, published),
            published,
            hosts=frozenset(tenant.hosts),
            allow_anonymous=tenant.allow_anonymous,
            quotas=Quotas.from_stored(tenant.quotas),
            since=tenant.created_at.timestamp(),
        )

    def _user_tokens(self, read: Read, known: _Known, tenant_id: str, published: PublishedKeys | None) -> UserTokens:
        """Return the same object while the keys are the same: what it has verified need not be verified again."""
        stored = user_keys.find(read, tenant_id)
        keys = (None if stored is None else (stored.version, stored.ciphertext), published)
        if known.user_tokens is None or known.keys != keys:
            own = [] if stored is None else opened(self._plane, read, stored)
            if not own and published is None:
                own = user_keys_of(self._plane.master_keys, tenant_id)
            known.user_tokens = UserTokens(*own, tenant_id=tenant_id, key_set=published, remembered=self._remembered)
            known.keys = keys
        return known.user_tokens

    def _shared_hosts(self) -> list[str]:
        public_url = self._plane.settings.public_url
        return [] if public_url is None else [parse_url(public_url).host]
