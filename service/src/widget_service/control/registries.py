"""Syncing a registry: checked as a whole, planned, and applied all or nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from widget_service.connectors.problems import Problem
from widget_service.control.plane import ControlPlane
from widget_service.registry.check_path import CONNECTORS_NAME
from widget_service.registry.load import Document, read_registry
from widget_service.registry.reads import names_read
from widget_service.registry.sync import Definition, Kind, Plan, definitions_of, plan_sync
from widget_service.registry.validate import validate_connectors
from widget_service.storage import definitions, registries, tenants, values
from widget_service.storage.changes import Change, Read
from widget_service.storage.definitions import NewDefinition, StoredDefinition
from widget_service.storage.errors import Conflict


class SyncRefused(Exception):
    """A registry with errors; ``problems`` has all of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("The registry has errors; nothing was changed.")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Sync:
    """A checked registry and what applying it would change. ``registry_id`` is the source's name in the tenant."""

    tenant_id: str
    registry_id: str
    source: str
    plan: Plan
    problems: list[Problem] = field(default_factory=list)
    digest: str = ""
    definitions: tuple[Definition, ...] = ()


def plan_registry(
    plane: ControlPlane, tenant_id: str, path: Path, *, registry_id: str | None = None, moved: bool = False
) -> Sync:
    """Check the registry at ``path``, a folder or a file, and return what applying it would change.

    A folder without the file has an empty registry. Raises `SyncRefused`, with every problem, and `StorageError`;
    among these `Conflict` where the name belongs to a registry of another place, unless it has ``moved``.
    """
    with plane.database.read() as read:
        return _prepare(plane, read, tenant_id, path, registry_id=registry_id, moved=moved)


def apply_registry(
    plane: ControlPlane,
    tenant_id: str,
    path: Path,
    *,
    actor: str,
    registry_id: str | None = None,
    moved: bool = False,
) -> Sync:
    """Carry out what `plan_registry` tells, all of it or nothing; raise as it does."""
    with plane.database.change(actor=actor, action="registry.apply", tenant_id=tenant_id) as change:
        sync = _prepare(plane, change, tenant_id, path, registry_id=registry_id, moved=moved)
        if not sync.plan.is_empty or registries.find(change, tenant_id, sync.registry_id) is None:
            _carry_out(change, sync)
    return sync


def _prepare(
    plane: ControlPlane, read: Read, tenant_id: str, path: Path, *, registry_id: str | None, moved: bool
) -> Sync:
    tenants.get(read, tenant_id)
    file = path / CONNECTORS_NAME if path.is_dir() else path
    source = str(file.parent.resolve())
    registry_id = registry_id or file.parent.resolve().name or "registry"
    _check_source(read, tenant_id, registry_id, source, moved=moved)
    document, problems = (None, []) if path.is_dir() and not file.exists() else read_registry(file)
    if document is None and problems:
        raise SyncRefused(problems)
    stored = definitions.of_tenant(read, tenant_id)
    problems += _check(plane, read, tenant_id, document, [row for row in stored if row.registry_id != registry_id])
    if any(problem.is_error for problem in problems):
        raise SyncRefused(problems)
    wanted = definitions_of(document.value) if document is not None else []
    before = [_definition(row) for row in stored if row.registry_id == registry_id]
    text = document.text if document is not None else ""
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Sync(tenant_id, registry_id, source, plan_sync(before, wanted), problems, digest, tuple(wanted))


def _check_source(read: Read, tenant_id: str, registry_id: str, source: str, *, moved: bool) -> None:
    """Two folders of one name are two registries: syncing one must not delete what came from the other."""
    known = registries.find(read, tenant_id, registry_id)
    if known is not None and known.source != source and not moved:
        raise Conflict(
            f"The registry '{registry_id}' was synced from {known.source}. If it is the same and was moved, say so "
            "with --moved; if it is another, give it a name of its own with --name."
        )


def _check(
    plane: ControlPlane, read: Read, tenant_id: str, document: Document | None, others: list[StoredDefinition]
) -> list[Problem]:
    if document is None:
        return []
    settings = plane.settings
    report = validate_connectors(
        document,
        allow_insecure=settings.allow_insecure_upstreams,
        allowed_private_networks=settings.allowed_private_networks,
        max_timeout_ms=int(settings.upstream_timeout_s * 1000),
        secrets=[secret.name for secret in values.secrets_of(read, tenant_id)],
        variables=[variable.name for variable in values.variables_of(read, tenant_id)],
        connectors=[row.permalink for row in others],
    )
    return report.problems


def _carry_out(change: Change, sync: Sync) -> None:
    plan, tenant_id, registry_id = sync.plan, sync.tenant_id, sync.registry_id
    registries.put(change, tenant_id, registry_id, source=sync.source, kind="path", digest=sync.digest)
    gone = [definition.permalink for definition in plan.deleted]
    definitions.delete_all(change, tenant_id, gone, registry_id=registry_id)
    changed = [*plan.created, *(update.after for update in plan.updated)]
    definitions.put_all(change, tenant_id, map(_new, changed), registry_id=registry_id)
    change.summary = {"registry": registry_id, **_counts(plan)}


def _counts(plan: Plan) -> dict[str, int]:
    return {"created": len(plan.created), "updated": len(plan.updated), "deleted": len(plan.deleted)}


def _new(definition: Definition) -> NewDefinition:
    secrets, variables = names_read(definition.raw, composite=definition.kind is Kind.COMPOSITE)
    return NewDefinition(
        permalink=definition.permalink,
        kind=definition.kind.value,
        definition=definition_text(definition.raw),
        secrets=secrets,
        variables=variables,
    )


def definition_text(raw: Mapping[str, Any]) -> str:
    """Return a definition as it is stored: the JSON as given, in the order in which it was written."""
    return json.dumps(raw, ensure_ascii=False)


def _definition(row: StoredDefinition) -> Definition:
    return Definition(row.permalink, Kind(row.kind), json.loads(row.definition))
