"""Definitions of connectors and composite connectors in the store.

Who follows changes keeps the digests of what it has, and is told what is different and what is gone. That needs no
tombstones, and holds when a backup was restored and the revisions have gone back.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from widget_service.storage import definition_versions, tenants
from widget_service.storage.changes import Change, Read
from widget_service.storage.errors import Conflict, NotFound
from widget_service.storage.models import DefinitionKind, DefinitionRow, RegistryRow
from widget_service.storage.names import check_permalink, check_text, shown
from widget_service.storage.tenants import Tenant

_CHUNK = 500  # names in one statement; databases have limits


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDefinition:
    """What is to be kept: ``definition`` is its JSON text as given; ``secrets`` and ``variables`` are what it reads."""

    permalink: str
    kind: DefinitionKind
    definition: str
    secrets: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of kind and text: the same digest, the same connector."""
        return hashlib.sha256(f"{self.kind}\n{self.definition}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDefinition:
    """What is kept. Without a ``registry_id`` it was made by hand."""

    tenant_id: str
    permalink: str
    kind: DefinitionKind
    registry_id: str | None
    definition: str
    digest: str
    secrets: tuple[str, ...]
    variables: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    revision: int


def of_tenant(read: Read, tenant_id: str) -> list[StoredDefinition]:
    """Return all definitions of the tenant, by permalink."""
    return _definitions(read, _select(tenant_id))


def of_registry(read: Read, tenant_id: str, registry_id: str | None) -> list[StoredDefinition]:
    """Return the definitions that come from the registry, by permalink; None: those made by hand."""
    return _definitions(read, _select(tenant_id).where(DefinitionRow.registry_id == registry_id))


def permalinks_of(read: Read, tenant_id: str) -> list[str]:
    """Return the permalinks of the tenant's definitions, in order."""
    rows = select(DefinitionRow.permalink).where(DefinitionRow.tenant_id == tenant_id)
    return list(read.connection.execute(rows.order_by(DefinitionRow.permalink)).scalars())


def find(read: Read, tenant_id: str, permalink: str) -> StoredDefinition | None:
    """Return the definition, if there is one."""
    found = _definitions(read, _select(tenant_id).where(DefinitionRow.permalink == permalink))
    return found[0] if found else None


def put(
    change: Change, tenant_id: str, definition: NewDefinition, *, registry_id: str | None = None
) -> StoredDefinition:
    """Keep one definition; see `put_all`."""
    put_all(change, tenant_id, [definition], registry_id=registry_id)
    stored = find(change, tenant_id, definition.permalink)
    assert stored is not None
    return stored


def put_all(
    change: Change, tenant_id: str, definitions: Iterable[NewDefinition], *, registry_id: str | None = None
) -> frozenset[str]:
    """Add or replace definitions, and return the permalinks of those that were new or different.

    Raises `NotFound` for the tenant or the registry, `InvalidValue`, and `Conflict` for a permalink
    that belongs to another registry, or to a definition made by hand where a registry is given, or the reverse.
    """
    tenant = tenants.get(change, tenant_id)
    _check_registry(change, tenant_id, registry_id)
    wanted = {definition.permalink: definition for definition in definitions}
    stored = {row.permalink: row for row in _named(change, tenant_id, list(wanted))}
    for definition in wanted.values():
        _check(definition, stored.get(definition.permalink), registry_id)
    new = [definition for permalink, definition in wanted.items() if permalink not in stored]
    different = [
        definition
        for permalink, definition in wanted.items()
        if permalink in stored and not _is_same(definition, stored[permalink])
    ]
    if new:
        _check_quota(change, tenant, len(new))
    _insert(change, tenant_id, new, registry_id)
    _update(change, tenant_id, different)
    definition_versions.add_all(change, tenant_id, (_version(each, registry_id) for each in (*new, *different)))
    return frozenset(definition.permalink for definition in (*new, *different))


def delete_all(change: Change, tenant_id: str, permalinks: Iterable[str], *, registry_id: str | None = None) -> None:
    """Delete definitions of the registry, or made by hand; raise `NotFound` or `Conflict`, as `put_all` does."""
    wanted = list(dict.fromkeys(permalinks))
    stored = {row.permalink: row for row in _named(change, tenant_id, wanted)}
    for permalink in wanted:
        if permalink not in stored:
            raise NotFound(f"There is no connector {shown(permalink)}.")
        _check_owner(stored[permalink], registry_id)
    for chunk in _chunks(wanted):
        rows = delete(DefinitionRow).where(DefinitionRow.tenant_id == tenant_id, DefinitionRow.permalink.in_(chunk))
        change.connection.execute(rows)
    if wanted:
        change.touch()
    gone = [{**_version(stored[permalink], registry_id), "definition": None} for permalink in wanted]
    definition_versions.add_all(change, tenant_id, gone)


def _version(each: NewDefinition | StoredDefinition, registry_id: str | None) -> dict[str, Any]:
    return {
        "permalink": each.permalink,
        "kind": each.kind,
        "registry_id": registry_id,
        "definition": each.definition,
    }


def _check_quota(read: Read, tenant: Tenant, new: int) -> None:
    limit = tenant.quotas.get("max_connectors")
    if limit is None:
        return
    rows = select(func.count()).select_from(DefinitionRow).where(DefinitionRow.tenant_id == tenant.id)
    there = read.connection.scalar(rows) or 0
    if there + new > limit:
        raise Conflict(
            f"The tenant {tenant.id} may have {limit} connectors: it has {there}, and {new} would be new. Delete some, "
            "or have an operator allow more: widget-service tenants set NAME --max-connectors N."
        )


def _check_registry(read: Read, tenant_id: str, registry_id: str | None) -> None:
    ids = select(RegistryRow.id).where(RegistryRow.tenant_id == tenant_id, RegistryRow.id == registry_id)
    if registry_id is not None and read.connection.scalar(ids) is None:
        raise NotFound(f"There is no registry {shown(registry_id)} in {tenant_id}; store it first.")


def _check(definition: NewDefinition, stored: StoredDefinition | None, registry_id: str | None) -> None:
    check_permalink(definition.permalink)
    check_text(definition.definition, f"The definition of {definition.permalink}")
    if stored is not None:
        _check_owner(stored, registry_id)


def _check_owner(stored: StoredDefinition, registry_id: str | None) -> None:
    if stored.registry_id == registry_id:
        return
    if stored.registry_id is None:
        raise Conflict(
            f"The connector {stored.permalink} was made by hand: no registry may change it. "
            "Delete or rename one of both."
        )
    raise Conflict(
        f"The connector {stored.permalink} comes from the registry {shown(stored.registry_id)}: change it "
        "there, and sync."
    )


def _is_same(definition: NewDefinition, stored: StoredDefinition) -> bool:
    return (definition.digest, definition.secrets, definition.variables) == (
        stored.digest,
        stored.secrets,
        stored.variables,
    )


def _insert(change: Change, tenant_id: str, new: Sequence[NewDefinition], registry_id: str | None) -> None:
    if not new:
        return
    same = {"tenant_id": tenant_id, "registry_id": registry_id, "created_at": change.at}
    rows = [{"permalink": each.permalink, **same, **_columns(change, each)} for each in new]
    change.connection.execute(insert(DefinitionRow), rows)


def _update(change: Change, tenant_id: str, different: Sequence[NewDefinition]) -> None:
    if not different:
        return
    row = update(DefinitionRow).where(
        DefinitionRow.tenant_id == tenant_id, DefinitionRow.permalink == bindparam("of_permalink")
    )
    rows = [{"of_permalink": each.permalink, **_columns(change, each)} for each in different]
    names = [name for name in rows[0] if name != "of_permalink"]
    change.connection.execute(row.values({name: bindparam(name) for name in names}), rows)


def _columns(change: Change, definition: NewDefinition) -> dict[str, Any]:
    return {
        "kind": definition.kind,
        "definition": definition.definition,
        "digest": definition.digest,
        "secrets": list(definition.secrets),
        "variables": list(definition.variables),
        "updated_at": change.at,
        "revision": change.revision,
    }


def _named(read: Read, tenant_id: str, permalinks: Sequence[str]) -> list[StoredDefinition]:
    found: list[StoredDefinition] = []
    for chunk in _chunks(permalinks):
        found += _definitions(read, _select(tenant_id).where(DefinitionRow.permalink.in_(chunk)))
    return found


def _chunks(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK))


def _select(tenant_id: str) -> Select[Any]:
    columns = DefinitionRow.__table__.columns
    return select(*columns).where(DefinitionRow.tenant_id == tenant_id).order_by(DefinitionRow.permalink)


def _definitions(read: Read, rows: Select[Any]) -> list[StoredDefinition]:
    return [
        StoredDefinition(**{**row, "secrets": tuple(row["secrets"]), "variables": tuple(row["variables"])})
        for row in read.connection.execute(rows).mappings()
    ]
