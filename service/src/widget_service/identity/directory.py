"""The tenants that a process serves, and which of them a call concerns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from widget_service.connectors.snapshot import DEFAULT_TENANT, Snapshot, SnapshotHolder
from widget_service.errors import CallerError
from widget_service.identity.origins import OriginPolicy, host_name, normal_host
from widget_service.identity.published_keys import PublishedKeys
from widget_service.identity.quotas import NO_QUOTAS, Quotas
from widget_service.identity.user_tokens import UserTokens


@dataclass(frozen=True, slots=True)
class ServedTenant:
    """One tenant as calls see it: what it has, and what it says about its callers.

    ``since`` (Unix seconds) is when it was made: sessions from before are another's that had its name.
    """

    id: str
    snapshot: Snapshot
    origins: OriginPolicy
    user_tokens: UserTokens
    published_keys: PublishedKeys | None = None
    hosts: frozenset[str] = frozenset()
    allow_anonymous: bool = True
    quotas: Quotas = NO_QUOTAS
    since: float = 0.0


class Directory:
    """An immutable picture of all tenants; ``shared_hosts`` are those of the service itself, of no single tenant."""

    def __init__(self, tenants: Iterable[ServedTenant], *, shared_hosts: Iterable[str] = ()) -> None:
        listed = list(tenants)
        self.tenants: Mapping[str, ServedTenant] = MappingProxyType({tenant.id: tenant for tenant in listed})
        self._by_host = {normal_host(host): tenant for tenant in listed for host in tenant.hosts}
        self._shared = frozenset(map(normal_host, shared_hosts))
        only = listed[0] if len(listed) == 1 else None
        self._of_any_host = only if only is not None and only.id == DEFAULT_TENANT and not only.hosts else None

    @property
    def default(self) -> ServedTenant | None:
        """The tenant of calls that name none, if there is one."""
        return self.tenants.get(DEFAULT_TENANT)

    def tenant_of_host(self, host: str) -> ServedTenant | None:
        """Return the tenant that a ``Host`` header names, None for one that all tenants share.

        Raises ``UNKNOWN_HOST`` for a name that belongs to nobody, which is how DNS rebinding shows itself.
        """
        if self._of_any_host is not None:
            return self._of_any_host
        name = host_name(host)
        tenant = self._by_host.get(name)
        if tenant is None and name not in self._shared:
            raise unknown_host()
        return tenant

    def tenant_named(self, names: Iterable[str]) -> ServedTenant:
        """Return the tenant among ``names``, else the default one; for calls to a shared host.

        Raises ``INVALID_TOKEN`` where several are named, and ``UNKNOWN_HOST`` where there is no default tenant.
        """
        named = [self.tenants[name] for name in dict.fromkeys(names) if name in self.tenants]
        if len(named) > 1:
            raise CallerError("INVALID_TOKEN", "The user token is for several tenants; its 'aud' must name one.")
        tenant = named[0] if named else self.default
        if tenant is None:
            raise unknown_host()
        return tenant

    def tenant_of_preflight(self, host: str, origin: str) -> ServedTenant | None:
        """Return a tenant that ``host`` may mean and that lists ``origin``; a preflight carries no token."""
        try:
            tenant = self.tenant_of_host(host)
        except CallerError:
            return None
        candidates = self.tenants.values() if tenant is None else [tenant]
        return next((each for each in candidates if each.origins.is_allowed(origin)), None)


class Directories(Protocol):
    """The one place that says which directory is current; replacing it is atomic."""

    @property
    def current(self) -> Directory:
        """The directory for a call that begins now."""
        ...


class DirectoryHolder:
    """A directory that is replaced as a whole."""

    def __init__(self, directory: Directory) -> None:
        self.current = directory

    def replace(self, directory: Directory) -> None:
        """Serve ``directory`` from the next call on."""
        self.current = directory


class OneTenant:
    """The directory of a service with one tenant, whose snapshots are replaced elsewhere."""

    def __init__(
        self,
        snapshots: SnapshotHolder,
        *,
        origins: OriginPolicy,
        user_tokens: UserTokens,
        hosts: Iterable[str] = (),
        allow_anonymous: bool = True,
    ) -> None:
        self._snapshots, self._origins, self._user_tokens = snapshots, origins, user_tokens
        self._hosts, self._allow_anonymous = frozenset(hosts), allow_anonymous
        self._snapshot: Snapshot | None = None
        self._directory = Directory([])

    @property
    def current(self) -> Directory:
        """The directory, made anew when there is another snapshot."""
        snapshot = self._snapshots.current
        if snapshot is not self._snapshot:
            tenant = ServedTenant(
                snapshot.tenant_id,
                snapshot,
                self._origins,
                self._user_tokens,
                hosts=self._hosts,
                allow_anonymous=self._allow_anonymous,
            )
            self._snapshot, self._directory = snapshot, Directory([tenant])
        return self._directory


def unknown_host() -> CallerError:
    """Return the error for a host name that belongs to nobody."""
    return CallerError("UNKNOWN_HOST", "No service answers to this host name; check the address or PUBLIC_URL.")
