"""Serving from the last snapshot on disk: a control plane over it that reads and changes nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from widget_service.control.kept.file import SnapshotFile, Stamp, UnusableSnapshot
from widget_service.control.plane import ControlPlane
from widget_service.settings import Settings
from widget_service.storage.copies import opened_copy
from widget_service.storage.errors import StorageError
from widget_service.vault import MasterKeys

log = structlog.get_logger("widget_service.control")


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """A snapshot that was read from disk; ``plane`` reads it as it would read the database."""

    stamp: Stamp
    plane: ControlPlane

    @property
    def written_at(self) -> datetime:
        """When it was written."""
        return datetime.fromtimestamp(self.stamp.at, UTC)


def open_kept(settings: Settings, keys: MasterKeys) -> KeptSnapshot | None:
    """Return the last snapshot on disk; None where there is none, or none that can be used: the log says why."""
    file = SnapshotFile(settings.data_dir)
    try:
        found = file.read(keys)
        if found is None:
            return None
        stamp, content = found
        return KeptSnapshot(stamp, ControlPlane(opened_copy(content), keys, settings))
    except (UnusableSnapshot, StorageError) as error:
        log.warning("snapshot.file.unusable", file=str(file.path), reason=str(error))
        return None
