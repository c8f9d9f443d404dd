"""What definitions and registries were: listed, compared, and brought back as a new change."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from widget_service.connectors.literal_credentials import without_literals
from widget_service.control.editing import Check, Edited, any_state, delete_definition, put_definition
from widget_service.control.plane import ControlPlane
from widget_service.control.registries import Check as RegistryCheck
from widget_service.control.registries import CheckPlan, Sync, any_plan, apply_source, plan_source
from widget_service.control.registries import any_state as any_registry
from widget_service.control.registry_source import Source
from widget_service.registry.sync import Definition, FieldChange, Kind, Update
from widget_service.storage import definition_versions, registries, registry_versions, tenants
from widget_service.storage.actors import Who
from widget_service.storage.definition_versions import DefinitionVersion
from widget_service.storage.errors import NotFound
from widget_service.storage.registry_versions import RegistryVersion


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a definition, and how it differs from the one before; ``raw`` None: it was deleted."""

    of: DefinitionVersion
    raw: Mapping[str, Any] | None
    changes: list[FieldChange]


def definition_history(plane: ControlPlane, tenant_id: str, permalink: str) -> list[Version]:
    """Return the versions of a definition, the youngest first, without literal credentials; raise `NotFound`.

    That of a definition that is gone too.
    """
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        found = definition_versions.of_definition(read, tenant_id, permalink)
    if not found:
        raise NotFound(f"There never was a connector {permalink!r}, or its history is kept no longer.")
    return [_version(one, before) for one, before in zip(found, [*found[1:], None], strict=True)]


def restore_definition(
    plane: ControlPlane, tenant_id: str, permalink: str, revision: int, *, actor: Who, check: Check = any_state
) -> Edited | None:
    """Make a definition what it was after that revision, as a new change; return None where that is to delete it.

    Raises `NotFound`, and what `put_definition` raises: it may have errors by now, or belong to a registry.
    """
    with plane.database.read() as read:
        found = definition_versions.of_definition(read, tenant_id, permalink)
    version = next((each for each in found if each.revision == revision), None)
    if version is None:
        raise NotFound(f"The connector {permalink!r} has no version of revision {revision}.")
    kind = Kind(version.kind)
    if version.definition is None:
        delete_definition(plane, tenant_id, permalink, kind=kind, actor=actor, check=check)
        return None
    raw = json.loads(version.definition)
    return put_definition(plane, tenant_id, permalink, raw, kind=kind, actor=actor, check=check)


def registry_history(plane: ControlPlane, tenant_id: str, registry_id: str) -> list[RegistryVersion]:
    """Return what was applied of a registry, the youngest first; raise `NotFound`."""
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        found = registry_versions.of_registry(read, tenant_id, registry_id)
        if not found and registries.find(read, tenant_id, registry_id) is None:
            raise NotFound(f"There is no registry {registry_id!r}.")
    return found


def plan_roll_back(plane: ControlPlane, tenant_id: str, registry_id: str, revision: int) -> Sync:
    """Return what rolling back to that revision would change; raise as `roll_back` does."""
    return plan_source(plane, tenant_id, _source_of(plane, tenant_id, registry_id, revision))


def roll_back(
    plane: ControlPlane,
    tenant_id: str,
    registry_id: str,
    revision: int,
    *,
    actor: Who,
    check: RegistryCheck = any_registry,
    check_plan: CheckPlan = any_plan,
) -> Sync:
    """Apply a registry again as that revision applied it, all of it or nothing.

    Raises `NotFound`, and what `apply_registry` raises: what was right then may be refused by now.
    """
    source = _source_of(plane, tenant_id, registry_id, revision)
    return apply_source(plane, tenant_id, source, actor=actor, check=check, check_plan=check_plan)


def _source_of(plane: ControlPlane, tenant_id: str, registry_id: str, revision: int) -> Source:
    with plane.database.read() as read:
        known = registries.find(read, tenant_id, registry_id)
        version = registry_versions.find(read, tenant_id, registry_id, revision)
    if known is None or version is None:
        raise NotFound(f"The registry {registry_id!r} has no version of revision {revision}.")
    raw = version.text.encode("utf-8", "surrogatepass") if version.text else None
    note = f"rolled back to revision {revision}"
    return Source.of_text(registry_id, raw, place=known.source, kind=known.kind, note=note)


def _version(one: DefinitionVersion, before: DefinitionVersion | None) -> Version:
    raw = None if one.definition is None else without_literals(json.loads(one.definition))
    old = _definition(before) if before is not None and before.definition is not None else None
    new = _definition(one) if one.definition is not None else None
    return Version(one, raw, Update(old, new).changes if old is not None and new is not None else [])


def _definition(version: DefinitionVersion) -> Definition:
    return Definition(version.permalink, Kind(version.kind), json.loads(version.definition or "{}"))
