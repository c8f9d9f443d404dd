"""Secrets and variables in the store. A secret comes and goes as ciphertext; the store never sees one plain."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy import delete as delete_from

from widget_service.storage import tenant_keys, tenants
from widget_service.storage.changes import Change, Read
from widget_service.storage.errors import Conflict, InvalidValue, NotFound
from widget_service.storage.models import NamedValueRow, ValueKind
from widget_service.storage.names import check_secret_name, check_text, check_value_name, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret, encrypted by the tenant's key ``key_id``; sent to ``origins`` only, where there are any."""

    tenant_id: str
    name: str
    version: int
    ciphertext: bytes = field(repr=False)
    key_id: str
    origins: tuple[str, ...] = ()
    created_at: datetime
    updated_at: datetime
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable: plain and visible."""

    tenant_id: str
    name: str
    version: int
    value: str
    created_at: datetime
    updated_at: datetime
    revision: int


def secrets_of(read: Read, tenant_id: str) -> list[Secret]:
    """Return the tenant's secrets, by name."""
    rows = _select(tenant_id).where(NamedValueRow.kind == "secret")
    return [_secret(row) for row in read.connection.execute(rows)]


def variables_of(read: Read, tenant_id: str) -> list[Variable]:
    """Return the tenant's variables, by name."""
    rows = _select(tenant_id).where(NamedValueRow.kind == "variable")
    return [_variable(row) for row in read.connection.execute(rows)]


def find(read: Read, tenant_id: str, name: str) -> Secret | Variable | None:
    """Return the secret or variable of that name, if there is one."""
    row = read.connection.execute(_select(tenant_id).where(NamedValueRow.name == name)).first()
    if row is None:
        return None
    return _secret(row) if row.kind == "secret" else _variable(row)


def next_version(read: Read, tenant_id: str, name: str) -> int:
    """Return the version that the next value of ``name`` has: what a secret must be encrypted for."""
    stored = find(read, tenant_id, name)
    return 1 if stored is None else stored.version + 1


def set_variable(change: Change, tenant_id: str, name: str, value: str) -> Variable:
    """Add or replace a variable; raise `NotFound` for the tenant, `InvalidValue`, or `Conflict` with a secret."""
    check_value_name(name)
    check_text(value, f"The value of {name}")
    if not value:
        raise InvalidValue(f"The value of {name} is empty; delete the variable instead.")
    tenants.get(change, tenant_id)
    stored = find(change, tenant_id, name)
    if isinstance(stored, Secret):
        raise Conflict(f"{name} is a secret and cannot become a variable; delete it first, or take another name.")
    if stored is None or stored.value != value:
        version = 1 if stored is None else stored.version + 1
        _write(change, tenant_id, name, "variable", stored is None, {"version": version, "value": value, "origins": []})
        stored = find(change, tenant_id, name)
    assert isinstance(stored, Variable)
    return stored


def set_secret(
    change: Change,
    tenant_id: str,
    name: str,
    *,
    version: int,
    ciphertext: bytes,
    key_id: str,
    origins: Iterable[str] = (),
) -> Secret:
    """Add or replace a secret, encrypted for ``version``, which `next_version` told in this change or before.

    Raises `NotFound` for the tenant, `InvalidValue`, and `Conflict` with a variable, for a key that the tenant does not
    have, or when somebody has set the secret meanwhile.
    """
    check_secret_name(name)
    if not ciphertext:
        raise InvalidValue(f"The ciphertext of {name} is empty, which no encryption makes.")
    tenants.get(change, tenant_id)
    stored = find(change, tenant_id, name)
    if isinstance(stored, Variable):
        raise Conflict(f"{name} is a variable and cannot become a secret; delete it first, or take another name.")
    if version != (1 if stored is None else stored.version + 1):
        raise Conflict(f"Somebody has set the secret {name} meanwhile; set it again, if yours is the right one.")
    _check_key(change, tenant_id, key_id)
    values = {"version": version, "ciphertext": ciphertext, "key_id": key_id, "origins": list(origins)}
    _write(change, tenant_id, name, "secret", stored is None, values)
    return _found_secret(change, tenant_id, name)


def reencrypt_secret(
    change: Change, tenant_id: str, name: str, *, version: int, ciphertext: bytes, key_id: str
) -> Secret:
    """Replace the ciphertext of a version by one of another key; raise `Conflict` if it is not the one stored."""
    _check_key(change, tenant_id, key_id)
    stored = find(change, tenant_id, name)
    if not isinstance(stored, Secret) or stored.version != version:
        raise Conflict(f"The secret {shown(name)} has no version {version} any more; read it again.")
    rows = update(NamedValueRow).where(NamedValueRow.tenant_id == tenant_id, NamedValueRow.name == name)
    values = {"ciphertext": ciphertext, "key_id": key_id, "revision": change.revision}
    change.connection.execute(rows.values(values))
    return _found_secret(change, tenant_id, name)


def bind_secret(change: Change, tenant_id: str, name: str, origins: Iterable[str]) -> Secret:
    """Send the secret to ``origins`` only from now on, or anywhere if there are none; raise `NotFound`."""
    secret = _found_secret(change, tenant_id, name)
    if secret.origins != (wanted := tuple(origins)):
        rows = update(NamedValueRow).where(NamedValueRow.tenant_id == tenant_id, NamedValueRow.name == name)
        change.connection.execute(rows.values(origins=list(wanted), updated_at=change.at, revision=change.revision))
    return _found_secret(change, tenant_id, name)


def delete(change: Change, tenant_id: str, name: str, kind: ValueKind) -> None:
    """Delete a secret or a variable; raise `NotFound`, also when ``name`` is of the other kind."""
    rows = delete_from(NamedValueRow).where(
        NamedValueRow.tenant_id == tenant_id, NamedValueRow.name == name, NamedValueRow.kind == kind
    )
    if change.connection.execute(rows).rowcount == 0:
        raise NotFound(f"There is no {kind} {shown(name)}.")
    change.touch()


def _write(change: Change, tenant_id: str, name: str, kind: ValueKind, is_new: bool, values: dict[str, Any]) -> None:
    values = {**values, "updated_at": change.at, "revision": change.revision}
    if is_new:
        row = insert(NamedValueRow).values(tenant_id=tenant_id, name=name, kind=kind, created_at=change.at, **values)
        change.connection.execute(row)
        return
    rows = update(NamedValueRow).where(NamedValueRow.tenant_id == tenant_id, NamedValueRow.name == name)
    change.connection.execute(rows.values(values))


def _check_key(read: Read, tenant_id: str, key_id: str) -> None:
    if all(key.id != key_id for key in tenant_keys.of_tenant(read, tenant_id)):
        raise Conflict(f"The tenant {shown(tenant_id)} has no key {shown(key_id)}; encrypt by one that it has.")


def _found_secret(read: Read, tenant_id: str, name: str) -> Secret:
    secret = find(read, tenant_id, name)
    if not isinstance(secret, Secret):
        raise NotFound(f"There is no secret {shown(name)}.")
    return secret


def _select(tenant_id: str) -> Select[Any]:
    columns = NamedValueRow.__table__.columns
    return select(*columns).where(NamedValueRow.tenant_id == tenant_id).order_by(NamedValueRow.name)


def _secret(row: Any) -> Secret:
    return Secret(
        tenant_id=row.tenant_id,
        name=row.name,
        version=row.version,
        ciphertext=row.ciphertext,
        key_id=row.key_id,
        origins=tuple(row.origins),
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )


def _variable(row: Any) -> Variable:
    return Variable(
        tenant_id=row.tenant_id,
        name=row.name,
        version=row.version,
        value=row.value,
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )
