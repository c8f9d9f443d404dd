"""What became of calls: the list with its filters and charts, a page per call, and keeping bodies for a while."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from widget_service.admin.pages import charts
from widget_service.admin.pages.numbers import whole_number
from widget_service.admin.pages.page import Page, Visit
from widget_service.control.captures import MAX_CAPTURE, capture, end_capture
from widget_service.control.executions import SPANS, Series, get_execution, list_executions, statistics_of
from widget_service.executions.counts import EVERYTHING
from widget_service.executions.record import Record, time_of
from widget_service.identity.rights import CAPTURE
from widget_service.storage.errors import NotFound
from widget_service.storage.executions import Wanted

PER_PAGE: Final = 50
_FILTERS: Final = ("permalink", "status", "code", "caller", "request_id")
_RANGES: Final = {"hour": ("minute", 60), "day": ("hour", 24), "week": ("hour", 168)}
_STAGES: Final = ("setup", "auth", "cache", "external", "transform")


def show_list(visit: Visit) -> Response:
    """Show the youngest calls that are asked for, and charts over them all."""
    wanted, faults = _wanted(visit)
    before = visit.query.get("before", "")
    found = list_executions(
        visit.context.plane,
        visit.tenant_id,
        wanted,
        before=whole_number(before, "before") if before else None,
        limit=PER_PAGE + 1,
    )
    return visit.render(
        "executions.html",
        calls=[(record, _moment(record)) for record in found[:PER_PAGE]],
        before=found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
        is_first=not before,
        query={name: visit.query.get(name, "") for name in _FILTERS},
        faults=faults,
        **series_for(visit, visit.query.get("permalink", "")),
    )


def series_for(visit: Visit, permalink: str = "") -> dict[str, Any]:
    """Return what the charts of a page need: ``range``, ``ranges``, ``series`` and ``drawn``."""
    wanted = visit.query.get("range", "")
    chosen = wanted if wanted in _RANGES else "day"
    span, count = _RANGES[chosen]
    now, span_s = visit.context.plane.database.now().timestamp(), SPANS[span]
    since = now - (count - 1) * span_s
    plane, of = visit.context.plane, permalink or EVERYTHING
    try:
        series = statistics_of(plane, visit.tenant_id, of, span_s=span_s, since=since, until=now)
    except NotFound:
        if not permalink:
            raise
        return {"range": chosen, "ranges": list(_RANGES), "series": None, "drawn": {}}
    return {"range": chosen, "ranges": list(_RANGES), "series": series, "drawn": _drawn(series)}


def show(visit: Visit) -> Response:
    """Show one call, and where its time went."""
    found = get_execution(visit.context.plane, visit.tenant_id, _identifier(visit.part("id")))
    details = found.details or {}
    stages = [(name, float(getattr(found, f"{name}_ms"))) for name in _STAGES]
    steps = details.get("steps") or []
    return visit.render(
        "execution.html",
        call=found,
        at=_moment(found),
        stages=charts.waterfall([stage for stage in stages if stage[1] > 0]),
        steps=[(step, _bar(step, found.total_ms)) for step in steps],
        captured=details.get("capture") if "execute" in visit.principal.scopes else None,
        is_captured="capture" in details,
    )


def keep_bodies(visit: Visit) -> Response:
    """Keep bodies of a connector's calls for some minutes, or no longer for 0."""
    permalink, given = visit.part("permalink"), visit.form.get("minutes", "")
    back, plane = f"/connectors/{quote(permalink)}", visit.context.plane
    if given == "0":
        end_capture(plane, visit.tenant_id, permalink, actor=visit.actor)
        return visit.redirect(visit.link(back, done="Bodies are kept no longer."))
    minutes = whole_number(given, "The minutes", most=MAX_CAPTURE // timedelta(minutes=1))
    capture(plane, visit.tenant_id, permalink, timedelta(minutes=minutes), actor=visit.actor)
    return visit.redirect(visit.link(back, done=f"Bodies of its calls are kept for {minutes} minutes."))


def _drawn(series: Series) -> dict[str, Any]:
    points, total = series.points, series.total
    good = [float(point.calls - point.errors) for point in points]
    hits = [float(point.cache_hits) for point in points]
    internal = [point.mean_internal_ms or 0.0 for point in points]
    external = [point.mean_external_ms or 0.0 for point in points]
    percentiles = [(name, [getattr(point, f"{name}_ms") for point in points]) for name in ("p50", "p95", "p99")]
    misses = [float(point.calls - point.cache_hits) for point in points]
    errors = [float(point.errors) for point in points]
    return {
        "calls": charts.bars([("calls", good), ("errors", errors)], f"{total.calls} calls, {total.errors} with errors"),
        "times": charts.lines(percentiles, f"half of the calls took at most {total.p50_ms or 0:g} ms"),
        "hits": charts.bars([("hits", hits), ("calls", misses)], f"{total.cache_hits} of {total.calls} from the cache"),
        "sides": charts.bars(
            [("internal", internal), ("external", external)],
            f"{total.mean_internal_ms or 0:g} ms inside, {total.mean_external_ms or 0:g} ms at destinations",
        ),
    }


def _wanted(visit: Visit) -> tuple[Wanted, list[str]]:
    given = {name: visit.query.get(name, "").strip() for name in _FILTERS}
    status, faults = given["status"].lower(), []
    statuses = _statuses(status)
    if status and statuses is None:
        faults.append(f"“{status}” is no status: say 404, or 5xx.")
    caller = given["caller"]
    return (
        Wanted(
            permalink=given["permalink"] or None,
            status=statuses,
            code=given["code"] or None,
            caller="" if caller == "anonymous" else caller or None,
            request_id=given["request_id"] or None,
        ),
        faults,
    )


def _statuses(text: str) -> tuple[int, int] | None:
    if len(text) != 3 or text[0] not in "12345":
        return None
    if text.isascii() and text.isdigit():
        return int(text), int(text)
    return (int(text[0]) * 100, int(text[0]) * 100 + 99) if text[1:] == "xx" else None


def _identifier(text: str) -> int:
    return whole_number(text, "The id of a call", least=0, code="NOT_FOUND")


def _moment(record: Record) -> datetime:
    return datetime.fromtimestamp(time_of(record.id), UTC)


def _bar(step: dict[str, Any], whole_ms: float) -> Any:
    return charts.span(
        float(step.get("start_ms") or 0), float(step.get("total_ms") or step.get("ms") or 0), whole_ms, "external"
    )


PAGES = (
    Page(path="/executions", show=show_list),
    Page(path="/executions/{id}", show=show),
    Page(method="POST", path="/connectors/{permalink}/capture", show=keep_bodies, access=CAPTURE),
)
