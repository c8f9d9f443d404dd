"""Registries in the store: where synced definitions come from, and what was applied last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy import delete as delete_from

from widget_service.storage import definitions, tenants
from widget_service.storage.changes import Change, Read
from widget_service.storage.errors import NotFound
from widget_service.storage.models import RegistryKind, RegistryRow
from widget_service.storage.names import check_registry_id, check_text, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """``source`` is a folder or an address; ``digest`` is of the registry's content as applied at ``applied_at``."""

    tenant_id: str
    id: str
    source: str
    kind: RegistryKind
    digest: str
    applied_at: datetime
    revision: int


def of_tenant(read: Read, tenant_id: str) -> list[Registry]:
    """Return all registries of the tenant, by id."""
    return [Registry(**row) for row in read.connection.execute(_select(tenant_id)).mappings()]


def find(read: Read, tenant_id: str, registry_id: str) -> Registry | None:
    """Return the registry, if there is one."""
    row = read.connection.execute(_select(tenant_id).where(RegistryRow.id == registry_id)).mappings().first()
    return None if row is None else Registry(**row)


def put(change: Change, tenant_id: str, registry_id: str, *, source: str, kind: RegistryKind, digest: str) -> Registry:
    """Add or replace the registry, as applied by this change; raise `NotFound` for the tenant, or `InvalidValue`."""
    check_registry_id(registry_id)
    check_text(source, "The source of the registry")
    tenants.get(change, tenant_id)
    values = {"source": source, "kind": kind, "digest": digest, "applied_at": change.at, "revision": change.revision}
    rows = update(RegistryRow).where(RegistryRow.tenant_id == tenant_id, RegistryRow.id == registry_id)
    if change.connection.execute(rows.values(values)).rowcount == 0:
        change.connection.execute(insert(RegistryRow).values(tenant_id=tenant_id, id=registry_id, **values))
    registry = find(change, tenant_id, registry_id)
    assert registry is not None
    return registry


def delete(change: Change, tenant_id: str, registry_id: str) -> None:
    """Delete the registry with all definitions that come from it; raise `NotFound`."""
    if find(change, tenant_id, registry_id) is None:
        raise NotFound(f"There is no registry {shown(registry_id)}.")
    its_own = [definition.permalink for definition in definitions.of_registry(change, tenant_id, registry_id)]
    definitions.delete_all(change, tenant_id, its_own, registry_id=registry_id)
    rows = delete_from(RegistryRow).where(RegistryRow.tenant_id == tenant_id, RegistryRow.id == registry_id)
    change.connection.execute(rows)
    change.touch()


def _select(tenant_id: str) -> Select[Any]:
    columns = RegistryRow.__table__.columns
    return select(*columns).where(RegistryRow.tenant_id == tenant_id).order_by(RegistryRow.id)
