"""Versions of definitions in the store: what each was after a change, so that it can be compared and restored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, insert, select

from widget_service.storage.changes import Change, Read
from widget_service.storage.history_models import DefinitionVersionRow

KEPT: Final = 50
"""Versions of one definition; older ones are deleted."""

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionVersion:
    """What a definition was after the change ``revision``; ``definition`` is its JSON text, None: it was deleted."""

    tenant_id: str
    permalink: str
    revision: int
    kind: str
    registry_id: str | None
    definition: str | None
    at: datetime
    actor: str
    action: str


def of_definition(read: Read, tenant_id: str, permalink: str) -> list[DefinitionVersion]:
    """Return the versions of a definition, the youngest first."""
    row = DefinitionVersionRow
    rows = select(*row.__table__.columns).where(row.tenant_id == tenant_id, row.permalink == permalink)
    return [
        DefinitionVersion(**each) for each in read.connection.execute(rows.order_by(row.revision.desc())).mappings()
    ]


def add_all(change: Change, tenant_id: str, versions: Iterable[Mapping[str, Any]]) -> None:
    """Keep versions made by this change: ``{"permalink", "kind", "registry_id", "definition"}`` each."""
    found = {each["permalink"]: each for each in versions}
    if not found:
        return
    same = {"tenant_id": tenant_id, "revision": change.revision, "at": change.at}
    same |= {"actor": change.actor, "action": change.action}
    _forget_same(change, tenant_id, list(found))
    change.connection.execute(insert(DefinitionVersionRow), [{**each, **same} for each in found.values()])
    _forget_old(change, tenant_id, list(found))


def _forget_same(change: Change, tenant_id: str, permalinks: Sequence[str]) -> None:
    """Delete the versions that this change has made before: it makes others now."""
    row = DefinitionVersionRow
    for chunk in _chunks(permalinks):
        ours = (row.tenant_id == tenant_id, row.permalink.in_(chunk), row.revision == change.revision)
        change.connection.execute(delete(row).where(*ours))


def _forget_old(change: Change, tenant_id: str, permalinks: Sequence[str]) -> None:
    row = DefinitionVersionRow
    for chunk in _chunks(permalinks):
        counted = select(row.permalink).where(row.tenant_id == tenant_id, row.permalink.in_(chunk))
        too_many = counted.group_by(row.permalink).having(func.count() > KEPT)
        for permalink in list(change.connection.scalars(too_many)):
            ours = (row.tenant_id == tenant_id, row.permalink == permalink)
            beyond = select(row.revision).where(*ours).order_by(row.revision.desc()).offset(KEPT).limit(1)
            last = change.connection.scalar(beyond)
            change.connection.execute(delete(row).where(*ours, row.revision <= last))


def _chunks(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[start : start + _CHUNK] for start in range(0, len(names), _CHUNK))
