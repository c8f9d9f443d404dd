"""Access tokens of destinations in the store, sealed, and leases on asking for them.

They are no part of what revisions tell: a change of tokens draws no number, and nobody builds a snapshot for it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, insert, or_, select, update

from widget_service.storage.changes import Change, Read
from widget_service.storage.models import TokenRow
from widget_service.storage.scoping import ALL_TENANTS


def find(read: Read, tenant_id: str, id_: str) -> bytes | None:
    """Return the sealed token of that name, expired or not, if there is one."""
    return read.connection.scalar(select(TokenRow.sealed).where(_is(tenant_id, id_)))


def put(change: Change, tenant_id: str, id_: str, sealed: bytes, expires_at: datetime) -> None:
    """Keep a token, and forget what has ended of all tenants by now."""
    _sweep(change)
    _write(change, tenant_id, id_, {"sealed": sealed, "expires_at": expires_at})


def drop(change: Change, tenant_id: str, id_: str, sealed: bytes) -> None:
    """Delete a token, if it is still this one."""
    rows = update(TokenRow).where(_is(tenant_id, id_), TokenRow.sealed == sealed)
    change.connection.execute(rows.values(sealed=None, expires_at=None))


def acquire(change: Change, tenant_id: str, id_: str, holder: str, until: datetime) -> bool:
    """Take the lease until then; False while another holder has it."""
    held = select(TokenRow.holder).where(_is(tenant_id, id_), TokenRow.held_until > change.at)
    current = change.connection.scalar(held)
    if current is not None and current != holder:
        return False
    _write(change, tenant_id, id_, {"holder": holder, "held_until": until})
    return True


def renew(change: Change, tenant_id: str, id_: str, holder: str, until: datetime) -> bool:
    """Make the lease last until then; False when it is another's, or nobody's."""
    rows = update(TokenRow).where(_is(tenant_id, id_), TokenRow.holder == holder)
    return change.connection.execute(rows.values(held_until=until)).rowcount > 0


def release(change: Change, tenant_id: str, id_: str, holder: str) -> None:
    """Give the lease back, if it is still this holder's."""
    rows = update(TokenRow).where(_is(tenant_id, id_), TokenRow.holder == holder)
    change.connection.execute(rows.values(holder=None, held_until=None))


def _write(change: Change, tenant_id: str, id_: str, values: dict[str, Any]) -> None:
    rows = update(TokenRow).where(_is(tenant_id, id_)).values(values)
    if change.connection.execute(rows).rowcount == 0:
        change.connection.execute(insert(TokenRow).values(tenant_id=tenant_id, id=id_, **values))


def _sweep(change: Change) -> None:
    has_no_token = or_(TokenRow.expires_at.is_(None), TokenRow.expires_at <= change.at)
    has_no_holder = or_(TokenRow.held_until.is_(None), TokenRow.held_until <= change.at)
    rows = delete(TokenRow).where(has_no_token, has_no_holder)
    change.connection.execute(rows.execution_options(**ALL_TENANTS))


def _is(tenant_id: str, id_: str) -> ColumnElement[bool]:
    return and_(TokenRow.tenant_id == tenant_id, TokenRow.id == id_)
