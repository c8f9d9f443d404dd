"""What a process serves first: what the database holds, or the last snapshot on disk where it cannot be reached."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from widget_service.control.directories import DirectorySource, PublishedAt
from widget_service.control.kept import KeptSnapshot, open_kept
from widget_service.control.plane import ControlPlane
from widget_service.control.revocations import DatabaseRevocations
from widget_service.identity.directory import Directory
from widget_service.storage.errors import DatabaseUnavailable

log = structlog.get_logger("widget_service.serve")


@dataclass(frozen=True, slots=True)
class Beginning:
    """``kept_at`` (Unix seconds) is when the snapshot was written that is served instead of the database."""

    revision: int
    directory: Directory
    revoked: Mapping[str, int]
    kept_at: float | None = None


def begin(
    plane: ControlPlane, source: DirectorySource, revocations: DatabaseRevocations, published: PublishedAt
) -> Beginning:
    """Return what there is to serve; raise `DatabaseUnavailable` where there is nothing, and `VaultError`."""
    try:
        revision = plane.database.revision()
        return Beginning(revision, source.read(strictly=True), revocations.read_if_changed() or {})
    except DatabaseUnavailable as error:
        kept = open_kept(plane.settings, plane.master_keys)
        if kept is None:
            raise
        log.warning(
            "snapshot.from_disk",
            reason=str(error),
            revision=kept.stamp.revision,
            written_at=kept.written_at.isoformat(timespec="seconds"),
        )
        return _of_disk(kept, published)


def _of_disk(kept: KeptSnapshot, published: PublishedAt) -> Beginning:
    directory = DirectorySource(kept.plane, published).read(strictly=True)
    revoked = DatabaseRevocations(kept.plane).read_if_changed() or {}
    kept.plane.database.close()
    return Beginning(kept.stamp.revision, directory, revoked, kept.stamp.at)
