"""Tenants' data keys in the store, wrapped by a master key; the store never sees one bare."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy import delete as delete_from

from widget_service.storage import tenants
from widget_service.storage.changes import Change, Read
from widget_service.storage.errors import Conflict, NotFound
from widget_service.storage.models import NamedValueRow, TenantKeyRow, UserKeysRow
from widget_service.storage.names import shown
from widget_service.storage.scoping import ALL_TENANTS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """``blob`` is the key wrapped by the master key ``master_key_id``. The current one encrypts; all decrypt."""

    tenant_id: str
    id: str
    master_key_id: str
    blob: bytes = field(repr=False)
    is_current: bool
    created_at: datetime
    revision: int


def of_tenant(read: Read, tenant_id: str) -> list[StoredKey]:
    """Return the tenant's keys, the current one first, then the newest."""
    return _keys(read, _select().where(TenantKeyRow.tenant_id == tenant_id))


def all_keys(read: Read) -> list[StoredKey]:
    """Return the keys of all tenants."""
    return _keys(read, _select().execution_options(**ALL_TENANTS))


def current(read: Read, tenant_id: str) -> StoredKey | None:
    """Return the key that encrypts, if the tenant has one."""
    rows = _select().where(TenantKeyRow.tenant_id == tenant_id, TenantKeyRow.is_current.is_(True))
    found = _keys(read, rows)
    return found[0] if found else None


def add(change: Change, tenant_id: str, key_id: str, *, master_key_id: str, blob: bytes) -> None:
    """Add a key and make it the current one; raise `NotFound` for the tenant, `Conflict` for an id that is taken."""
    tenants.get(change, tenant_id)
    if any(key.id == key_id for key in of_tenant(change, tenant_id)):
        raise Conflict(f"The tenant {tenant_id} has a key {shown(key_id)} already; make another.")
    its_keys = update(TenantKeyRow).where(TenantKeyRow.tenant_id == tenant_id, TenantKeyRow.is_current.is_(True))
    change.connection.execute(its_keys.values(is_current=False, revision=change.revision))
    values = {"master_key_id": master_key_id, "blob": blob, "is_current": True, "created_at": change.at}
    row = insert(TenantKeyRow).values(tenant_id=tenant_id, id=key_id, revision=change.revision, **values)
    change.connection.execute(row)


def rewrap(change: Change, tenant_id: str, key_id: str, *, master_key_id: str, blob: bytes) -> None:
    """Replace the wrapping of a key: the same key, under another master key. Raises `NotFound`."""
    rows = update(TenantKeyRow).where(TenantKeyRow.tenant_id == tenant_id, TenantKeyRow.id == key_id)
    values = {"master_key_id": master_key_id, "blob": blob, "revision": change.revision}
    if change.connection.execute(rows.values(values)).rowcount == 0:
        raise NotFound(f"The tenant {shown(tenant_id)} has no key {shown(key_id)}.")


def delete(change: Change, tenant_id: str, key_id: str) -> None:
    """Delete a key that no secret needs any more; raise `Conflict` for one that is needed, `NotFound`."""
    count = 0
    for row in (NamedValueRow, UserKeysRow):
        needed = select(func.count()).select_from(row).where(row.tenant_id == tenant_id, row.key_id == key_id)
        count += change.connection.scalar(needed) or 0
    if count:
        raise Conflict(
            f"{count} secrets of {tenant_id} are encrypted by the key {shown(key_id)}; encrypt them anew first."
        )
    rows = delete_from(TenantKeyRow).where(TenantKeyRow.tenant_id == tenant_id, TenantKeyRow.id == key_id)
    if change.connection.execute(rows).rowcount == 0:
        raise NotFound(f"The tenant {shown(tenant_id)} has no key {shown(key_id)}.")
    change.touch()


def _select() -> Select[Any]:
    order = (TenantKeyRow.tenant_id, TenantKeyRow.is_current.desc(), TenantKeyRow.created_at.desc(), TenantKeyRow.id)
    return select(*TenantKeyRow.__table__.columns).order_by(*order)


def _keys(read: Read, rows: Select[Any]) -> list[StoredKey]:
    return [StoredKey(**row) for row in read.connection.execute(rows).mappings()]
