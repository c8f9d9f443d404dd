"""What a serving process notes of its calls, for the whole installation."""

from collections.abc import Mapping

from widget_service.connectors.snapshot import Snapshot
from widget_service.control.plane import ControlPlane
from widget_service.executions.recorder import Recorder
from widget_service.executions.writing import DatabaseSink, Retention, Writer
from widget_service.identity.callers import Callers
from widget_service.settings import Settings
from widget_service.telemetry.calls import CallMeter

_DAY_S = 24 * 3600


def recording(
    settings: Settings, plane: ControlPlane, callers: Callers, meter: CallMeter | None
) -> tuple[Recorder, Writer]:
    """Return what notes calls, and what writes them down; ``meter`` counts them for metrics."""

    def snapshot_of(headers: Mapping[str, str]) -> Snapshot | None:
        tenant = callers.tenant_if_known(headers)
        return None if tenant is None else tenant.snapshot

    recorder = Recorder(settings.executions_per_second, snapshot_of, meter=meter)
    retention = Retention(settings.executions_kept, settings.executions_kept_days * _DAY_S)
    return recorder, Writer(recorder, DatabaseSink(plane.database, retention))
