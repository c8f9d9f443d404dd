"""What a serving process notes of its calls, for the whole installation."""

from collections.abc import Mapping

from widget_service.conditions import Conditions, Part
from widget_service.connectors.snapshot import Snapshot
from widget_service.control.plane import ControlPlane
from widget_service.executions.recorder import Recorder
from widget_service.executions.writing import DatabaseSink, Retention, Writer
from widget_service.identity.callers import Callers
from widget_service.settings import Settings
from widget_service.telemetry.calls import CallMeter

_DAY_S = 24 * 3600


def recording(
    settings: Settings, plane: ControlPlane, callers: Callers, conditions: Conditions, meter: CallMeter | None
) -> tuple[Recorder, Writer]:
    """Return what notes calls, and what writes them down; that it cannot is told to ``conditions``.

    ``meter`` counts calls for metrics.
    """

    def snapshot_of(headers: Mapping[str, str]) -> Snapshot | None:
        tenant = callers.tenant_if_known(headers)
        return None if tenant is None else tenant.snapshot

    recorder = Recorder(settings.executions_per_second, snapshot_of, meter=meter)
    retention = Retention(settings.executions_kept, settings.executions_kept_days * _DAY_S)
    sink = DatabaseSink(plane.database, retention)
    return recorder, Writer(recorder, sink, on_state=lambda works: conditions.note(Part.EXECUTIONS_LOG, works=works))
