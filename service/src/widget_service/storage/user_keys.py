"""The keys that verify a tenant's user tokens, in the store: encrypted as secrets are, as some of them are secrets."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete as delete_from
from sqlalchemy import insert, select, update

from widget_service.storage import tenants
from widget_service.storage.changes import Change, Read
from widget_service.storage.models import UserKeysRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUserKeys:
    """A tenant's keys as one text, encrypted by the tenant's key ``key_id``."""

    tenant_id: str
    version: int
    ciphertext: bytes = field(repr=False)
    key_id: str
    updated_at: datetime
    revision: int


def find(read: Read, tenant_id: str) -> StoredUserKeys | None:
    """Return the tenant's keys, if it has any of its own."""
    rows = select(*UserKeysRow.__table__.columns).where(UserKeysRow.tenant_id == tenant_id)
    row = read.connection.execute(rows).mappings().first()
    return None if row is None else StoredUserKeys(**row)


def next_version(read: Read, tenant_id: str) -> int:
    """Return the version that the next keys have: what they must be encrypted for."""
    stored = find(read, tenant_id)
    return 1 if stored is None else stored.version + 1


def put(change: Change, tenant_id: str, *, version: int, ciphertext: bytes, key_id: str) -> None:
    """Add or replace the keys; raise `NotFound` for the tenant."""
    tenants.get(change, tenant_id)
    values = {
        "version": version,
        "ciphertext": ciphertext,
        "key_id": key_id,
        "updated_at": change.at,
        "revision": change.revision,
    }
    rows = update(UserKeysRow).where(UserKeysRow.tenant_id == tenant_id)
    if change.connection.execute(rows.values(values)).rowcount == 0:
        change.connection.execute(insert(UserKeysRow).values(tenant_id=tenant_id, **values))


def delete(change: Change, tenant_id: str) -> bool:
    """Delete the keys; return whether there were any."""
    if change.connection.execute(delete_from(UserKeysRow).where(UserKeysRow.tenant_id == tenant_id)).rowcount == 0:
        return False
    change.touch()
    return True
