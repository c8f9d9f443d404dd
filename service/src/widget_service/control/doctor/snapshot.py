"""The last snapshot on disk: whether a service that starts without its database could serve from it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from widget_service.control.doctor.finding import Finding, good, note
from widget_service.control.kept import SnapshotFile, UnusableSnapshot
from widget_service.settings import Settings
from widget_service.vault import MasterKeys

SUBJECT = "last snapshot"


def findings(settings: Settings, keys: MasterKeys) -> Iterator[Finding]:
    """Open the file; nothing is yielded where there is none: nobody has served from here yet."""
    file = SnapshotFile(settings.data_dir)
    try:
        found = file.read(keys)
    except UnusableSnapshot as unusable:
        yield note(SUBJECT, f"{file.path} is not used: {unusable}", "serve writes it anew once it reaches the database")
        return
    if found is not None:
        stamp, _ = found
        written_at = datetime.fromtimestamp(stamp.at, UTC)
        yield good(
            SUBJECT,
            f"of revision {stamp.revision}, written at {written_at:%Y-%m-%d %H:%M:%S} UTC; serve starts from it while "
            "the database cannot be reached",
        )
