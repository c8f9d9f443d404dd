"""``/statistics`` and ``/connectors/{permalink}/statistics``: how many calls there were, and how they went."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field

from widget_service.admin.api.models import Model, Moment, Query
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.admin.errors import AdminError
from widget_service.control.executions import SPANS, Figures, Series, statistics_of, totals_since
from widget_service.executions.counts import EVERYTHING
from widget_service.identity.rights import READ


class SeriesQuery(Query):
    """Of which time, and how fine."""

    span: Literal["minute", "hour"] = Field("hour", description="How long each point is. Minutes are kept for 3 hours.")
    last: int = Field(24, ge=1, le=1000, description="How many of them, until now.")


class Point(Model):
    """What was counted in one span of time. An answer of 400 and above is an error, of 500 and above a failure too."""

    start: Moment
    calls: int
    errors: int
    failures: int
    cache_hits: int
    mean_ms: float | None
    mean_external_ms: float | None = Field(description="The wait for the destination.")
    mean_internal_ms: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class Statistics(Model):
    """Points without gaps, and the sum of them."""

    span: Literal["minute", "hour"]
    points: list[Point]
    total: Point


class Total(Point):
    """What was counted of one connector; ``permalink`` is empty for calls of connectors that are not there."""

    permalink: str


class Overview(Statistics):
    """What was counted of all connectors together, and the sum of each of the 50 with the most failures and errors."""

    connectors: list[Total]


def show_overview(call: Call) -> Reply:
    """Answer with the figures of all connectors."""
    span_s, since, until = _time(call.query)
    series = statistics_of(call.context.plane, call.tenant_id, EVERYTHING, span_s=span_s, since=since, until=until)
    totals = totals_since(call.context.plane, call.tenant_id, since)
    connectors = [Total(permalink=name, **_figures(figures)) for name, figures in totals.items()]
    return Reply(Overview(**_series(call.query.span, series), connectors=connectors))


def show_statistics(call: Call) -> Reply:
    """Answer with the figures of one connector."""
    span_s, since, until = _time(call.query)
    permalink = call.path["permalink"]
    if permalink == EVERYTHING:
        raise AdminError("NOT_FOUND", "There is no such connector; /statistics has the figures of all.")
    series = statistics_of(call.context.plane, call.tenant_id, permalink, span_s=span_s, since=since, until=until)
    return Reply(Statistics(**_series(call.query.span, series)))


def _time(query: SeriesQuery) -> tuple[int, float, float]:
    span_s, now = SPANS[query.span], datetime.now(UTC).timestamp()
    return span_s, now - (query.last - 1) * span_s, now


def _series(span: str, series: Series) -> dict[str, Any]:
    points = [Point(**_figures(point)) for point in series.points]
    return {"span": span, "points": points, "total": Point(**_figures(series.total))}


def _figures(figures: Figures) -> dict[str, Any]:
    return {**asdict(figures), "start": datetime.fromtimestamp(figures.start, UTC)}


ROUTES = (
    Route(
        method="GET",
        path="/statistics",
        name="show_overview",
        call=show_overview,
        access=READ,
        summary="Show how many calls there were, how they ended and how long they took, of all connectors.",
        query=SeriesQuery,
        answers=Overview,
        errors=("INVALID",),
    ),
    Route(
        method="GET",
        path="/connectors/{permalink}/statistics",
        name="show_connector_statistics",
        call=show_statistics,
        access=READ,
        summary="Show how many calls of a connector there were, how they ended and how long they took.",
        description="Composite connectors too.",
        query=SeriesQuery,
        answers=Statistics,
        errors=("INVALID",),
    ),
)
