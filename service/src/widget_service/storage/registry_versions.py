"""Versions of registries in the store: the file of each as it was applied, so that it can be applied again."""

import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select

from widget_service.storage.changes import Change, Read
from widget_service.storage.history_models import RegistryVersionRow

KEPT: Final = 100
"""Versions of one registry; older ones are deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryVersion:
    """A registry as the change ``revision`` applied it; ``text`` is its file, empty where there was none."""

    revision: int
    digest: str
    counts: dict[str, Any]
    note: str
    at: datetime
    actor: str
    text: str = field(default="", repr=False)


def of_registry(read: Read, tenant_id: str, registry_id: str) -> list[RegistryVersion]:
    """Return the versions of a registry without their files, the youngest first."""
    row = RegistryVersionRow
    columns = (row.revision, row.digest, row.counts, row.note, row.at, row.actor)
    rows = select(*columns).where(row.tenant_id == tenant_id, row.registry_id == registry_id)
    found = read.connection.execute(rows.order_by(row.revision.desc())).mappings()
    return [RegistryVersion(**each) for each in found]


def find(read: Read, tenant_id: str, registry_id: str, revision: int) -> RegistryVersion | None:
    """Return one version with its file, if it is kept."""
    row = RegistryVersionRow
    columns = (row.revision, row.digest, row.counts, row.note, row.at, row.actor, row.document)
    rows = select(*columns).where(row.tenant_id == tenant_id, row.registry_id == registry_id, row.revision == revision)
    found = read.connection.execute(rows).mappings().first()
    if found is None:
        return None
    values = dict(found)
    text = zlib.decompress(values.pop("document")).decode("utf-8", "surrogatepass")
    return RegistryVersion(**values, text=text)


def add(
    change: Change, tenant_id: str, registry_id: str, *, digest: str, text: str, counts: dict[str, Any], note: str
) -> None:
    """Keep the registry as this change applies it."""
    row = RegistryVersionRow
    ours = (row.tenant_id == tenant_id, row.registry_id == registry_id)
    values = {
        "tenant_id": tenant_id,
        "registry_id": registry_id,
        "revision": change.revision,
        "digest": digest,
        "document": zlib.compress(text.encode("utf-8", "surrogatepass")),
        "counts": counts,
        "note": note,
        "at": change.at,
        "actor": change.actor,
    }
    change.connection.execute(insert(row).values(values))
    beyond = select(row.revision).where(*ours).order_by(row.revision.desc()).offset(KEPT).limit(1)
    last = change.connection.scalar(beyond)
    if last is not None:
        change.connection.execute(delete(row).where(*ours, row.revision <= last))
