"""Keeping calls of development mode where its admin pages find them: in the database of these."""

from collections.abc import Mapping

from widget_service.connectors.snapshot import Snapshot
from widget_service.control.plane import open_database
from widget_service.executions.counts import Counts
from widget_service.executions.record import Record
from widget_service.executions.recorder import Recorder
from widget_service.executions.writing import DatabaseSink, Retention, Writer
from widget_service.identity.callers import Callers
from widget_service.settings import Settings

_DAY_S = 24 * 3600


class DevSink:
    """A `Sink` that opens the database anew each time: the admin pages' process makes it, and may take a while."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def write(self, records: list[Record], counts: Counts | None) -> None:
        """Keep calls, and add to the counts."""
        with open_database(self._settings) as database:
            DatabaseSink(database, self._retention()).write(records, counts)

    def sweep(self) -> None:
        """Delete what is old, and what is too much."""
        with open_database(self._settings) as database:
            DatabaseSink(database, self._retention()).sweep()

    def _retention(self) -> Retention:
        return Retention(self._settings.executions_kept, self._settings.executions_kept_days * _DAY_S)


def dev_recording(admin: Settings, callers: Callers) -> tuple[Recorder, Writer]:
    """Return what notes calls, and what writes them into the database of the admin pages with these settings."""

    def snapshot_of(headers: Mapping[str, str]) -> Snapshot | None:
        tenant = callers.tenant_if_known(headers)
        return None if tenant is None else tenant.snapshot

    recorder = Recorder(admin.executions_per_second, snapshot_of)
    return recorder, Writer(recorder, DevSink(admin))
