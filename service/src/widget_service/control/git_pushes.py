"""What pushes to git repositories do: each makes its repository due, and no number of them does more than that."""

from datetime import timedelta
from typing import Final

from widget_service.control.plane import ControlPlane
from widget_service.control.values import secret_value
from widget_service.storage import git_sources
from widget_service.storage.git_sources import GitSource

ACTOR: Final = "service"
REST: Final = timedelta(seconds=5)
"""A repository is left alone for so long after it was looked at, whatever is sent again and again."""


def signed_source(plane: ControlPlane, tenant_id: str, registry_id: str) -> tuple[GitSource, str] | None:
    """Return a repository and what its pushes are signed by, None where there is none; raise `VaultError`."""
    with plane.database.read() as read:
        source = git_sources.find(read, tenant_id, registry_id)
        if source is None or source.webhook_secret is None:
            return None
        value = secret_value(plane, read, tenant_id, source.webhook_secret)
    return None if value is None else (source, value)


def make_due(plane: ControlPlane, tenant_id: str, registry_id: str) -> None:
    """Have a repository looked at next: once, however often this is said; one that is gone is not."""
    with plane.database.change(actor=ACTOR, action="git-source.due", tenant_id=tenant_id) as change:
        source = git_sources.find(change, tenant_id, registry_id)
        if source is None:
            return
        due_at = change.at if source.checked_at is None else max(change.at, source.checked_at + REST)
        if source.due_at is None or source.due_at > due_at:
            git_sources.note(change, tenant_id, registry_id, due_at=due_at)
