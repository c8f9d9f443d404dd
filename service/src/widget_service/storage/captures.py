"""Until when bodies of a connector's calls are kept, in the store."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, select

from widget_service.storage.changes import Change, Read
from widget_service.storage.execution_models import CaptureRow


def of_tenant(read: Read, tenant_id: str) -> Mapping[str, datetime]:
    """Return until when, by permalink."""
    rows = select(CaptureRow.permalink, CaptureRow.until).where(CaptureRow.tenant_id == tenant_id)
    return {row.permalink: row.until for row in read.connection.execute(rows)}


def put(change: Change, tenant_id: str, permalink: str, until: datetime) -> None:
    """Keep bodies until then."""
    _delete(change, tenant_id, permalink)
    values = {"tenant_id": tenant_id, "permalink": permalink, "until": until, "actor": change.actor}
    change.connection.execute(insert(CaptureRow).values(**values, revision=change.revision))


def end(change: Change, tenant_id: str, permalink: str) -> None:
    """Keep bodies no longer."""
    if _delete(change, tenant_id, permalink):
        change.touch()


def _delete(change: Change, tenant_id: str, permalink: str) -> bool:
    rows = delete(CaptureRow).where(CaptureRow.tenant_id == tenant_id, CaptureRow.permalink == permalink)
    return change.connection.execute(rows).rowcount > 0
