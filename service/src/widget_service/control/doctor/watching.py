"""How the service can be watched: what is configured of it, and what is in the way."""

from collections.abc import Iterator

from widget_service.control.doctor.finding import Finding, good, wrong
from widget_service.settings import Settings, SettingsError
from widget_service.telemetry.board import board


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield what is known of metrics."""
    yield _metrics(settings)


def _metrics(settings: Settings) -> Finding:
    if settings.metrics_token is None:
        return good("metrics", "off; WIDGET_SERVICE_METRICS_TOKEN would put them at /metrics")
    try:
        with board(True):
            pass
    except SettingsError as error:
        return wrong("metrics", str(error))
    where = [f"port {settings.port}", *([f"port {settings.admin_port}"] if settings.admin_port else [])]
    return good("metrics", f"at /metrics of {' and '.join(where)}, for who has the token")
