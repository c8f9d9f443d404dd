"""Keeping the bodies of a connector's calls for a while, to find out why they fail."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from widget_service.control.plane import ControlPlane
from widget_service.storage import captured_bodies, captures, definitions, tenants
from widget_service.storage.actors import Who
from widget_service.storage.changes import Read
from widget_service.storage.errors import InvalidValue, NotFound

MAX_CAPTURE: Final = timedelta(hours=1)


def capture(plane: ControlPlane, tenant_id: str, permalink: str, lasting: timedelta, *, actor: Who) -> datetime:
    """Keep bodies of a connector's calls from now on; return until when. Raises `NotFound` and `InvalidValue`."""
    if not timedelta(0) < lasting <= MAX_CAPTURE:
        raise InvalidValue(f"Bodies are kept for {MAX_CAPTURE.total_seconds() / 60:g} minutes at a time at most.")
    with plane.database.change(actor=actor, action="capture.start", tenant_id=tenant_id) as change:
        _check_there(change, tenant_id, permalink)
        until = change.at + lasting
        captures.put(change, tenant_id, permalink, until)
        change.summary = {"permalink": permalink, "until": until.isoformat()}
    return until


def end_capture(plane: ControlPlane, tenant_id: str, permalink: str, *, actor: Who) -> None:
    """Keep bodies of a connector's calls no longer; raise `NotFound`."""
    with plane.database.change(actor=actor, action="capture.end", tenant_id=tenant_id) as change:
        _check_there(change, tenant_id, permalink)
        captures.end(change, tenant_id, permalink)
        change.summary = {"permalink": permalink}


def delete_captured(plane: ControlPlane, tenant_id: str, permalink: str, *, actor: Who) -> int:
    """Delete at once the bodies that were kept of a connector's calls, and keep none from now on; return of how many.

    That of a connector that is gone too.
    """
    with plane.database.change(actor=actor, action="capture.delete", tenant_id=tenant_id) as change:
        tenants.get(change, tenant_id)
        captures.end(change, tenant_id, permalink)
        deleted = captured_bodies.delete_of(change, tenant_id, permalink)
        change.summary = {"permalink": permalink, "calls": deleted}
        change.note(before={"calls": deleted}, after={"calls": 0})
    return deleted


def captures_of(plane: ControlPlane, tenant_id: str, now: datetime) -> Mapping[str, datetime]:
    """Return until when bodies are kept, for the connectors where they are."""
    with plane.database.read() as read:
        return {name: until for name, until in captures.of_tenant(read, tenant_id).items() if until > now}


def _check_there(read: Read, tenant_id: str, permalink: str) -> None:
    if definitions.find(read, tenant_id, permalink) is None:
        raise NotFound(f"There is no connector {permalink!r}.")
