"""The last snapshot on disk: what a service serves from that starts while its database cannot be reached."""

from widget_service.control.kept.file import SnapshotFile, Stamp, UnusableSnapshot
from widget_service.control.kept.opening import KeptSnapshot, open_kept

__all__ = ["KeptSnapshot", "SnapshotFile", "Stamp", "UnusableSnapshot", "open_kept"]
