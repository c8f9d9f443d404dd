"""Tenants in the store."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select
from sqlalchemy import delete as delete_from
from sqlalchemy import update as update_rows

from widget_service.storage.changes import Change, Read
from widget_service.storage.errors import Conflict, NotFound
from widget_service.storage.models import TenantRow
from widget_service.storage.names import check_tenant_id, check_text, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """``hosts`` are the host names that it answers to, in lowercase; ``origins`` those whose pages may call it."""

    id: str
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    allow_anonymous: bool = True
    settings: Mapping[str, Any]
    created_at: datetime
    revision: int

    @property
    def quotas(self) -> Mapping[str, int]:
        """How much the tenant may have and do; what is not named has no limit."""
        return self.settings.get("quotas") or {}


def all_tenants(read: Read) -> list[Tenant]:
    """Return all tenants, by name."""
    return [_tenant(row) for row in read.connection.execute(_select().order_by(TenantRow.id))]


def find(read: Read, tenant_id: str) -> Tenant | None:
    """Return the tenant, if there is one."""
    row = read.connection.execute(_select().where(TenantRow.id == tenant_id)).first()
    return None if row is None else _tenant(row)


def get(read: Read, tenant_id: str) -> Tenant:
    """Return the tenant; raise `NotFound`, which names those that there are."""
    tenant = find(read, tenant_id)
    if tenant is None:
        names = read.connection.scalars(select(TenantRow.id).order_by(TenantRow.id).limit(10)).all()
        there_are = f"There are: {', '.join(names)}" if names else "There is none yet: run widget-service init"
        raise NotFound(f"There is no tenant {shown(tenant_id)}. {there_are}.")
    return tenant


def add(
    change: Change,
    tenant_id: str,
    *,
    hosts: Iterable[str] = (),
    origins: Iterable[str] = (),
    allow_anonymous: bool = True,
    settings: Mapping[str, Any] | None = None,
) -> Tenant:
    """Add a tenant; raise `InvalidValue`, or `Conflict` for a name or a host that another one has."""
    check_tenant_id(tenant_id)
    if find(change, tenant_id) is not None:
        raise Conflict(f"There is a tenant {shown(tenant_id)} already.")
    tenant = Tenant(
        id=tenant_id,
        hosts=_hosts(hosts),
        origins=tuple(origins),
        allow_anonymous=allow_anonymous,
        settings=dict(settings or {}),
        created_at=change.at,
        revision=change.revision,
    )
    _check(change, tenant)
    change.connection.execute(insert(TenantRow).values(id=tenant_id, created_at=change.at, **_columns(tenant)))
    return tenant


def update(
    change: Change,
    tenant_id: str,
    *,
    hosts: Iterable[str] | None = None,
    origins: Iterable[str] | None = None,
    allow_anonymous: bool | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Tenant:
    """Replace what is given and keep the rest; raise `NotFound`, `Conflict` or `InvalidValue`."""
    old = get(change, tenant_id)
    tenant = replace(
        old,
        hosts=old.hosts if hosts is None else _hosts(hosts),
        origins=old.origins if origins is None else tuple(origins),
        allow_anonymous=old.allow_anonymous if allow_anonymous is None else allow_anonymous,
        settings=old.settings if settings is None else dict(settings),
    )
    if tenant == old:
        return old
    tenant = replace(tenant, revision=change.revision)
    _check(change, tenant)
    change.connection.execute(update_rows(TenantRow).where(TenantRow.id == tenant_id).values(_columns(tenant)))
    return tenant


def delete(change: Change, tenant_id: str) -> None:
    """Delete the tenant and everything of it, except its history; raise `NotFound`."""
    get(change, tenant_id)
    change.connection.execute(delete_from(TenantRow).where(TenantRow.id == tenant_id))
    change.touch()


def _check(read: Read, tenant: Tenant) -> None:
    """Refuse what cannot be kept, and a host that another tenant answers to: a call must belong to one tenant."""
    for text in (*tenant.hosts, *tenant.origins):
        check_text(text, "A host name or origin")
    for other in all_tenants(read):
        taken = sorted(set(other.hosts).intersection(tenant.hosts)) if other.id != tenant.id else []
        if taken:
            raise Conflict(f"The tenant {other.id} has the host {taken[0]} already; take it from there first.")


def _hosts(hosts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(host.lower() for host in hosts))


def _columns(tenant: Tenant) -> dict[str, Any]:
    return {
        "hosts": list(tenant.hosts),
        "origins": list(tenant.origins),
        "allow_anonymous": tenant.allow_anonymous,
        "settings": dict(tenant.settings),
        "revision": tenant.revision,
    }


def _select() -> Select[Any]:
    return select(*TenantRow.__table__.columns)


def _tenant(row: Any) -> Tenant:
    return Tenant(
        id=row.id,
        hosts=tuple(row.hosts),
        origins=tuple(row.origins),
        allow_anonymous=row.allow_anonymous,
        settings=row.settings,
        created_at=row.created_at,
        revision=row.revision,
    )
