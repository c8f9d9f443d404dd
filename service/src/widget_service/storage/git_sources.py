"""Git repositories that registries come from, in the store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy import delete as delete_from

from widget_service.registry.git.pushes import HookKind
from widget_service.storage.changes import Change, Read
from widget_service.storage.errors import NotFound
from widget_service.storage.history_models import GitSourceRow
from widget_service.storage.names import shown
from widget_service.storage.scoping import ALL_TENANTS


@dataclass(frozen=True, slots=True, kw_only=True)
class GitSource:
    """A repository, and what became of it last: ``state`` is ``new``, ``applied``, ``refused`` or ``failed``.

    ``seen`` is the commit that was taken up or refused. ``version`` changes with what an admin says of it.
    """

    tenant_id: str
    registry_id: str
    url: str
    branch: str
    folder: str
    token_secret: str | None
    webhook_secret: str | None
    webhook_kind: HookKind
    poll_s: int
    version: int
    seen: str | None
    state: str
    report: dict[str, Any]
    checked_at: datetime | None
    due_at: datetime | None
    updated_at: datetime


def of_tenant(read: Read, tenant_id: str) -> list[GitSource]:
    """Return those of the tenant, by the registry's name."""
    return [GitSource(**row) for row in read.connection.execute(_select(tenant_id)).mappings()]


def find(read: Read, tenant_id: str, registry_id: str) -> GitSource | None:
    """Return that of the registry, if it has one."""
    rows = _select(tenant_id).where(GitSourceRow.registry_id == registry_id)
    row = read.connection.execute(rows).mappings().first()
    return None if row is None else GitSource(**row)


def get(read: Read, tenant_id: str, registry_id: str) -> GitSource:
    """Return that of the registry; raise `NotFound`."""
    found = find(read, tenant_id, registry_id)
    if found is None:
        raise NotFound(f"The registry {shown(registry_id)} comes from no repository.")
    return found


def due(read: Read, now: datetime) -> list[tuple[str, str]]:
    """Return tenant and registry of those that are to be looked at by now, of all tenants."""
    rows = select(GitSourceRow.tenant_id, GitSourceRow.registry_id).where(GitSourceRow.due_at <= now)
    return [(row.tenant_id, row.registry_id) for row in read.connection.execute(rows.execution_options(**ALL_TENANTS))]


def put(change: Change, tenant_id: str, registry_id: str, **columns: Any) -> GitSource:
    """Keep what an admin says of it; it is looked at next."""
    before = find(change, tenant_id, registry_id)
    values = {**columns, "seen": None, "due_at": change.at, "updated_at": change.at}
    if before is None:
        new = {"state": "new", "report": {}, "version": change.revision, "checked_at": None}
        row = insert(GitSourceRow).values(tenant_id=tenant_id, registry_id=registry_id, **values, **new)
        change.connection.execute(row)
    else:
        note(change, tenant_id, registry_id, **values, version=change.revision)
    return get(change, tenant_id, registry_id)


def note(change: Change, tenant_id: str, registry_id: str, **columns: Any) -> None:
    """Keep what became of it; draws no revision."""
    ours = (GitSourceRow.tenant_id == tenant_id, GitSourceRow.registry_id == registry_id)
    change.connection.execute(update(GitSourceRow).where(*ours).values(**columns))


def delete(change: Change, tenant_id: str, registry_id: str) -> None:
    """Forget it; the registry stays."""
    ours = (GitSourceRow.tenant_id == tenant_id, GitSourceRow.registry_id == registry_id)
    if change.connection.execute(delete_from(GitSourceRow).where(*ours)).rowcount:
        change.touch()


def _select(tenant_id: str) -> Select[Any]:
    row = GitSourceRow
    return select(*row.__table__.columns).where(row.tenant_id == tenant_id).order_by(row.registry_id)
