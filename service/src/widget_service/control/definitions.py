"""Definitions in the store: listed, exported, deleted, and what each of them reads."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from widget_service.connectors.literal_credentials import without_literals
from widget_service.control.plane import ControlPlane
from widget_service.registry.reads import names_read
from widget_service.registry.sync import LISTS, Definition, Kind
from widget_service.storage import definitions, tenants
from widget_service.storage.actors import Actor, Who
from widget_service.storage.definitions import NewDefinition, StoredDefinition
from widget_service.storage.errors import NotFound


@dataclass(frozen=True, slots=True)
class Listed:
    """A connector or composite as lists show it; without a ``registry_id`` it was made by hand."""

    permalink: str
    kind: str
    registry_id: str | None
    raw: Mapping[str, Any]
    secrets: tuple[str, ...]
    variables: tuple[str, ...]
    updated_at: datetime
    digest: str = ""

    def seen_by(self, who: Actor) -> Mapping[str, Any]:
        """The definition as it may be shown: literal credentials are for those who may use secrets."""
        shown: Mapping[str, Any] = self.raw if who.may_use_secrets else without_literals(self.raw)
        return shown

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON values; ``registry`` is null for what was made by hand."""
        return {
            "permalink": self.permalink,
            "kind": self.kind,
            "registry": self.registry_id,
            "secrets": list(self.secrets),
            "variables": list(self.variables),
            "updated_at": self.updated_at.isoformat(),
            "definition": dict(self.raw),
        }


def list_definitions(plane: ControlPlane, tenant_id: str) -> list[Listed]:
    """Return all connectors and composites of the tenant, by permalink."""
    return [listed(row) for row in _rows(plane, tenant_id)]


def list_permalinks(plane: ControlPlane, tenant_id: str) -> list[str]:
    """Return the permalinks of all connectors and composites of the tenant; raise `NotFound`."""
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        return definitions.permalinks_of(read, tenant_id)


def get_definition(plane: ControlPlane, tenant_id: str, permalink: str) -> Listed:
    """Return one; raise `NotFound`."""
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        row = definitions.find(read, tenant_id, permalink)
    if row is None:
        raise NotFound(f"There is no connector {permalink!r}; widget-service connectors list shows those that are.")
    return listed(row)


def as_registry(listed: Iterable[Listed]) -> dict[str, list[Any]]:
    """Return definitions as a registry, by whomever they were made."""
    found = list(listed)
    return {name: [dict(each.raw) for each in found if each.kind == kind] for name, kind in LISTS.items()}


def remove_definition(plane: ControlPlane, tenant_id: str, permalink: str, *, actor: Who) -> None:
    """Delete a definition that was made by hand; raise `NotFound`, and `Conflict` for one of a registry."""
    with plane.database.change(actor=actor, action="connector.rm", tenant_id=tenant_id) as change:
        tenants.get(change, tenant_id)
        row = definitions.find(change, tenant_id, permalink)
        definitions.delete_all(change, tenant_id, [permalink])
        change.summary = {"permalink": permalink}
        change.note(before=None if row is None else without_literals(json.loads(row.definition)))


def readers(rows: Iterable[StoredDefinition | Listed]) -> dict[str, list[str]]:
    """Return which permalinks read each secret and variable, by its name."""
    found: dict[str, list[str]] = {}
    for row in rows:
        for name in {*row.secrets, *row.variables}:
            found.setdefault(name, []).append(row.permalink)
    return found


def as_new(definition: Definition) -> NewDefinition:
    """Return a definition as it is put into the store: its JSON in the order in which it was written."""
    secrets, variables = names_read(definition.raw, composite=definition.kind is Kind.COMPOSITE)
    return NewDefinition(
        permalink=definition.permalink,
        kind=definition.kind.value,
        definition=json.dumps(definition.raw, ensure_ascii=False),
        secrets=secrets,
        variables=variables,
    )


def as_definition(row: StoredDefinition) -> Definition:
    """Return what is stored, to be compared."""
    return Definition(row.permalink, Kind(row.kind), json.loads(row.definition))


def _rows(plane: ControlPlane, tenant_id: str) -> list[StoredDefinition]:
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        return definitions.of_tenant(read, tenant_id)


def listed(row: StoredDefinition) -> Listed:
    """Return a stored definition as lists show it."""
    raw = json.loads(row.definition)
    return Listed(row.permalink, row.kind, row.registry_id, raw, row.secrets, row.variables, row.updated_at, row.digest)
