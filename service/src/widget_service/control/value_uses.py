"""By what secrets and variables are used, and when one was last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from widget_service.control.definitions import readers
from widget_service.control.executions import last_sent
from widget_service.control.plane import ControlPlane
from widget_service.storage import definitions, tenants


@dataclass(frozen=True, slots=True)
class ValueUse:
    """Permalinks of what reads a value, and when one of these called its destination last."""

    read_by: tuple[str, ...] = ()
    last_used_at: datetime | None = None


UNUSED: Final = ValueUse()


def value_uses(plane: ControlPlane, tenant_id: str) -> Mapping[str, ValueUse]:
    """Return the use of each secret and variable that anything reads, by its name; raise `NotFound`.

    A name that a template computes is not known, and not counted.
    """
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        read_by = readers(definitions.of_tenant(read, tenant_id))
        sent = last_sent(read, tenant_id)
    return {
        name: ValueUse(tuple(permalinks), max((sent[each] for each in permalinks if each in sent), default=None))
        for name, permalinks in read_by.items()
    }
