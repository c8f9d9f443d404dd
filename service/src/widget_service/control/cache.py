"""Giving kept answers up: what was kept until now is out of every process's reach with the next snapshot."""

from widget_service.control.plane import ControlPlane
from widget_service.storage import cache_purges, definitions, tenants
from widget_service.storage.actors import Who
from widget_service.storage.errors import NotFound


def purge_cache(plane: ControlPlane, tenant_id: str, permalink: str | None = None, *, actor: Who) -> int:
    """Give up the kept answers of one connector, or of all of the tenant; return the number of the change.

    Running services follow within a second. Raises `NotFound`.
    """
    with plane.database.change(actor=actor, action="cache.purge", tenant_id=tenant_id) as change:
        tenants.get(change, tenant_id)
        if permalink is not None and definitions.find(change, tenant_id, permalink) is None:
            raise NotFound(f"There is no connector {permalink!r}; widget-service connectors list shows those that are.")
        change.summary = {"permalink": permalink}
        change.note(after={"purged": permalink or "all connectors"})
        cache_purges.note(change, tenant_id, permalink or cache_purges.ALL)
        return change.revision
