"""The number of the change by which kept answers were last given up, for each connector and for all of a tenant."""

from sqlalchemy import delete, insert, select

from widget_service.storage.changes import Change, Read
from widget_service.storage.models import CachePurgeRow

ALL = ""
"""Stands for all connectors of a tenant."""


def of_tenant(read: Read, tenant_id: str) -> dict[str, int]:
    """Return the numbers by permalink, under `ALL` that of the whole tenant."""
    rows = select(CachePurgeRow.permalink, CachePurgeRow.revision).where(CachePurgeRow.tenant_id == tenant_id)
    return {row.permalink: row.revision for row in read.connection.execute(rows)}


def note(change: Change, tenant_id: str, permalink: str = ALL) -> None:
    """Give up what is kept now; a purge of the whole tenant stands for all earlier ones."""
    rows = delete(CachePurgeRow).where(CachePurgeRow.tenant_id == tenant_id)
    change.connection.execute(rows if permalink == ALL else rows.where(CachePurgeRow.permalink == permalink))
    values = {"tenant_id": tenant_id, "permalink": permalink, "revision": change.revision}
    change.connection.execute(insert(CachePurgeRow).values(values))
