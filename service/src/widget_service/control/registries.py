"""Syncing a registry: checked as a whole, planned, and applied all or nothing."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from widget_service.connectors.problems import Problem
from widget_service.control.audit_details import details_of
from widget_service.control.definitions import as_definition, as_new
from widget_service.control.plane import ControlPlane
from widget_service.control.registry_checks import basis_of, check_source, problems_in
from widget_service.control.registry_source import Source, SyncRefused
from widget_service.control.secret_use import Wanted, check_secret_use
from widget_service.registry.load import Document
from widget_service.registry.sync import Plan, definitions_of, plan_sync
from widget_service.registry.validate import OnProgress
from widget_service.storage import definitions, registries, registry_versions, revisions, tenants
from widget_service.storage.actors import Who
from widget_service.storage.changes import Change, Read
from widget_service.storage.definitions import NewDefinition
from widget_service.storage.errors import Conflict
from widget_service.storage.models import RegistryKind
from widget_service.storage.names import check_registry_id
from widget_service.storage.registries import Registry

_MAX_TRIES = 5

Check = Callable[[Registry | None], None]
"""Is called inside the transaction with what is there; what it raises takes the change back."""


def any_state(_: Registry | None) -> None:
    """The check of who does not mind what is there."""


@dataclass(frozen=True, slots=True)
class Sync:
    """A checked registry and what applying it would change. ``registry_id`` is the source's name in the tenant.

    ``revision`` is that of the database which the plan was made for, and ``basis`` what the plan rests on there.
    """

    tenant_id: str
    registry_id: str
    source: str
    file: Path
    plan: Plan
    problems: list[Problem] = field(default_factory=list)
    digest: str = ""
    revision: int = 0
    basis: frozenset[object] = field(default=frozenset(), repr=False)
    kind: RegistryKind = "path"
    text: str = field(default="", repr=False)
    note: str = ""

    @property
    def plan_digest(self) -> str:
        """The same for as long as applying changes the same definitions from and to the same."""
        plan = self.plan
        updated = [each for update in plan.updated for each in (update.before, update.after)]
        told = [
            [(each.permalink, each.kind, each.digest) for each in part]
            for part in (plan.created, updated, plan.deleted)
        ]
        return sha256(json.dumps([self.registry_id, self.digest, told]).encode()).hexdigest()


CheckPlan = Callable[[Sync], None]
"""Is called with what is about to be applied, and holds then; what it raises keeps it from being applied."""


def any_plan(_: Sync) -> None:
    """The check of who has seen no plan."""


def plan_registry(
    plane: ControlPlane,
    tenant_id: str,
    path: Path,
    *,
    registry_id: str | None = None,
    moved: bool = False,
    on_progress: OnProgress | None = None,
) -> Sync:
    """Check the registry at ``path``, a folder or a file, and return what applying it would change.

    A folder without the file has an empty registry. Raises `SyncRefused`, with every problem, and `StorageError`;
    among these `Conflict` where the name belongs to a registry of another place, unless it has ``moved``.
    """
    return plan_source(plane, tenant_id, Source.of(path, registry_id), moved=moved, on_progress=on_progress)


def plan_source(
    plane: ControlPlane, tenant_id: str, source: Source, *, moved: bool = False, on_progress: OnProgress | None = None
) -> Sync:
    """Do as `plan_registry` does for a registry from anywhere."""
    with plane.database.read() as read:
        return _prepare(plane, read, tenant_id, source, moved=moved, on_progress=on_progress)


def apply_registry(
    plane: ControlPlane,
    tenant_id: str,
    path: Path,
    *,
    actor: Who,
    registry_id: str | None = None,
    moved: bool = False,
    on_progress: OnProgress | None = None,
) -> Sync:
    """Carry out what `plan_registry` tells, all of it or nothing; raise as it does.

    Raises `Conflict` too where others change again and again what the registry is checked against.
    """
    source = Source.of(path, registry_id)
    return apply_source(plane, tenant_id, source, actor=actor, moved=moved, on_progress=on_progress)


def apply_source(
    plane: ControlPlane,
    tenant_id: str,
    source: Source,
    *,
    actor: Who,
    moved: bool = False,
    check: Check = any_state,
    check_plan: CheckPlan = any_plan,
    on_progress: OnProgress | None = None,
) -> Sync:
    """Do as `apply_registry` does for a registry from anywhere.

    ``check`` is called with what is there, ``check_plan`` with what is about to be applied.
    """
    for _ in range(_MAX_TRIES):
        with plane.database.read() as read:
            sync = _prepare(plane, read, tenant_id, source, moved=moved, on_progress=on_progress)
        check_plan(sync)
        changed = _changed(sync)
        with plane.database.change(actor=actor, action="registry.apply", tenant_id=tenant_id) as change:
            check(registries.find(change, tenant_id, source.id))
            if _holds(change, sync):
                _carry_out(change, sync, changed)
                return sync
        # Somebody was faster. Checking takes long: it is done again while nobody waits.
    raise Conflict(
        f"While the registry '{source.id}' was checked, others have changed the tenant's definitions, secrets or "
        f"variables {_MAX_TRIES} times. Nothing was changed: apply it again when they are done."
    )


def content_digest(path: Path) -> str | None:
    """Return the digest that `Sync` would have for what ``path`` holds now, None where that cannot be read."""
    try:
        document, _ = Source.of(path).read()
    except SyncRefused:
        return None
    return _digest(document)


def _prepare(
    plane: ControlPlane,
    read: Read,
    tenant_id: str,
    source: Source,
    *,
    moved: bool,
    on_progress: OnProgress | None = None,
) -> Sync:
    tenants.get(read, tenant_id)
    check_registry_id(source.id)
    check_source(read, tenant_id, source, moved=moved)
    document, problems = source.read()
    stored = definitions.of_tenant(read, tenant_id)
    others = [row for row in stored if row.registry_id != source.id]
    if document is not None:
        problems = [*problems, *problems_in(plane, read, tenant_id, document, others, on_progress)]
    if any(problem.is_error for problem in problems):
        raise SyncRefused(source.file, problems)
    before = [as_definition(row) for row in stored if row.registry_id == source.id]
    return Sync(
        tenant_id,
        source.id,
        source.place,
        source.file,
        plan_sync(before, definitions_of(document.value) if document is not None else []),
        problems,
        _digest(document),
        revisions.current(read),
        basis_of(read, tenant_id, source.id, stored),
        source.kind,
        document.text if document is not None else "",
        source.note,
    )


def _holds(change: Change, sync: Sync) -> bool:
    """Whether the check and the plan are still true."""
    if revisions.current(change) == sync.revision:
        return True
    tenants.get(change, sync.tenant_id)
    stored = definitions.of_tenant(change, sync.tenant_id)
    return basis_of(change, sync.tenant_id, sync.registry_id, stored) == sync.basis


def _changed(sync: Sync) -> list[NewDefinition]:
    return [as_new(each) for each in (*sync.plan.created, *(update.after for update in sync.plan.updated))]


def _carry_out(change: Change, sync: Sync, changed: list[NewDefinition]) -> None:
    tenant_id, registry_id, plan = sync.tenant_id, sync.registry_id, sync.plan
    known = registries.find(change, tenant_id, registry_id)
    if known is not None and plan.is_empty and (known.source, known.digest) == (sync.source, sync.digest):
        return
    gone = [definition.permalink for definition in plan.deleted]
    put = (*plan.created, *(update.after for update in plan.updated))
    check_secret_use(change, tenant_id, change.by, Wanted(put, frozenset(gone)))
    registries.put(change, tenant_id, registry_id, source=sync.source, kind=sync.kind, digest=sync.digest)
    definitions.delete_all(change, tenant_id, gone, registry_id=registry_id)
    definitions.put_all(change, tenant_id, changed, registry_id=registry_id)
    counts = _counts(plan)
    registry_versions.add(
        change, tenant_id, registry_id, digest=sync.digest, text=sync.text, counts=counts, note=sync.note
    )
    change.summary = {"registry": registry_id, **counts} | ({"note": sync.note} if sync.note else {})
    change.note(**details_of(plan))


def _counts(plan: Plan) -> dict[str, Any]:
    return {"created": len(plan.created), "updated": len(plan.updated), "deleted": len(plan.deleted)}


def _digest(document: Document | None) -> str:
    text = document.text if document is not None else ""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
