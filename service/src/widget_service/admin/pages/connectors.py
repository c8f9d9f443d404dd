"""The list of connectors and composites, and deleting one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup
from starlette.responses import Response

from widget_service.admin.api.preconditions import Precondition, etag
from widget_service.admin.pages import charts
from widget_service.admin.pages.numbers import whole_number
from widget_service.admin.pages.page import Page, Visit
from widget_service.control.definitions import Listed, get_definition, list_definitions
from widget_service.control.editing import delete_definition
from widget_service.control.executions import Activity, Figures, activity_of
from widget_service.identity.rights import WRITE
from widget_service.registry.sync import Kind
from widget_service.storage.definitions import StoredDefinition

PER_PAGE: Final = 50
_HOST: Final = re.compile(r"^(?:[a-z]+://)?((?:\{\{.*?\}\}|[^/?#{])+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list; the pictures are of the last 24 hours, None where nobody called."""

    permalink: str
    name: str
    kind: str
    method: str
    host: str
    registry: str | None
    called_at: datetime | None
    total: Figures
    errors: Markup | None
    latency: Markup | None


def show_list(visit: Visit) -> Response:
    """Show a page of the tenant's connectors, those that are searched for."""
    everything = list_definitions(visit.context.plane, visit.tenant_id)
    wanted = [each for each in everything if _is_wanted(each, visit.query)]
    number = page_number(visit.query.get("page", ""), len(wanted), PER_PAGE)
    some = wanted[(number - 1) * PER_PAGE : number * PER_PAGE]
    origins = sorted({each.registry_id for each in everything if each.registry_id is not None})
    return visit.render(
        "connectors.html",
        rows=_rows(visit, some),
        total=len(wanted),
        is_empty=not everything,
        origins=origins,
        number=number,
        last=max(1, -(-len(wanted) // PER_PAGE)),
        query={name: visit.query.get(name, "") for name in ("search", "origin", "kind")},
    )


def delete(visit: Visit) -> Response:
    """Delete one that was made by hand, as it was shown."""
    permalink = visit.part("permalink")
    found = get_definition(visit.context.plane, visit.tenant_id, permalink)
    delete_definition(
        visit.context.plane,
        visit.tenant_id,
        permalink,
        kind=Kind(found.kind),
        actor=visit.actor,
        check=unchanged(visit.form.get("etag", "")),
    )
    return visit.redirect(visit.link("/connectors", done=f"Deleted {permalink}. Its history is kept."))


def unchanged(tag: str) -> Any:
    """Return the check that what is there has this tag; empty: that nothing is there."""
    condition = Precondition(tag or None, None if tag else "*")

    def check(row: StoredDefinition | None) -> None:
        condition.check(None if row is None else etag(row.digest))

    return check


def page_number(given: str, count: int, per_page: int) -> int:
    """Return which page is meant: the first where none is said, the last for what is beyond; raise `AdminError`."""
    last = max(1, -(-count // per_page))
    return min(whole_number(given, "The page"), last) if given else 1


def host_of(url: str) -> str:
    """Return the host of a URL template as lists show it; a templated one by its template."""
    found = _HOST.match(url.strip())
    return found[1] if found else ""


def _is_wanted(each: Listed, query: Mapping[str, str]) -> bool:
    text, origin, kind = query.get("search", "").strip().lower(), query.get("origin", ""), query.get("kind", "")
    is_there = any(text in str(part).lower() for part in (each.permalink, each.raw.get("name"), each.raw.get("url")))
    is_from = not origin or (each.registry_id or "(hand)") == origin
    return is_there and is_from and (not kind or each.kind == kind)


def _rows(visit: Visit, listed: Sequence[Listed]) -> list[Row]:
    now = visit.context.plane.database.now().timestamp()
    activity = activity_of(visit.context.plane, visit.tenant_id, [each.permalink for each in listed], now=now)
    return [_row(each, activity[each.permalink]) for each in listed]


def _row(each: Listed, activity: Activity) -> Row:
    is_composite = each.kind == Kind.COMPOSITE
    total = activity.series.total
    return Row(
        permalink=each.permalink,
        name=str(each.raw.get("name") or each.permalink),
        kind=each.kind,
        method="POST" if is_composite else str(each.raw.get("method") or "GET"),
        host=f"{len(each.raw.get('steps') or ())} steps" if is_composite else host_of(str(each.raw.get("url") or "")),
        registry=each.registry_id,
        called_at=activity.called_at,
        total=total,
        errors=_error_rate(activity) if total.calls else None,
        latency=_latency(activity) if total.calls else None,
    )


def _error_rate(activity: Activity) -> Markup:
    points, total = activity.series.points, activity.series.total
    rates = [point.errors / point.calls if point.calls else 0.0 for point in points]
    said = f"{total.errors} of {total.calls} calls ended in an error in the last 24 hours"
    return charts.sparkline(rates, "errors", said)


def _latency(activity: Activity) -> Markup:
    points, total = activity.series.points, activity.series.total
    said = f"95 % of calls took at most {total.p95_ms:g} ms in the last 24 hours" if total.p95_ms else "no time known"
    return charts.sparkline([point.p95_ms for point in points], "latency", said)


PAGES = (
    Page(path="/connectors", show=show_list),
    Page(method="POST", path="/connectors/{permalink}/delete", show=delete, access=WRITE),
)
