"""The metrics, of the table that they are exposed by."""

from docs.generate.markdown import code, listed, page, table
from widget_service.telemetry.catalogue import METRICS, Kind

ABOUT = """\
`GET /metrics` of the service and of the admin origin, with `METRICS_TOKEN` as a Bearer token, in the text format of
Prometheus or as OpenMetrics; [Watch it](../how-to/watch-it.md) says how it is scraped. One scrape tells of all
processes of a `widget-service serve`, what the others have counted as of a second ago."""

LABELS = """\
How many series there are is bounded. `connector` is one of the first `METRICS_MAX_CONNECTORS` that were called,
`(unknown)` for permalinks that nobody has, and `(other)` for the rest; `tenant` is one of the first 50, `(other)` for
the rest, or `(unknown)` where a call belongs to none. `method` is one of HTTP's own, or `other`. `code` is of the
[error codes](errors.md), and empty where the destination's own answer passed through. `worker` is the number of a
process; one that takes another's place takes its number too, and goes on with its counters."""

_TOLD = {Kind.COUNTER_OF_WORKER: "counter", Kind.OF_WORKER: "gauge"}


def make() -> str:
    """Return the page."""
    rows = (
        (code(metric.name), _TOLD.get(metric.kind, metric.kind.value), listed(metric.all_labels), metric.help)
        for metric in METRICS
    )
    return page("Metrics", ABOUT, table(("metric", "type", "labels", "what it says"), rows), LABELS)
