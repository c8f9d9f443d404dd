"""Who changed what, when and from where."""

from datetime import datetime
from typing import Final

from starlette.responses import Response

from widget_service.admin.pages.numbers import MAX_ID, whole_number
from widget_service.admin.pages.page import Page, Visit
from widget_service.control.audit import entries

PER_PAGE: Final = 50


def show(visit: Visit) -> Response:
    """Show the entries that are asked for, the youngest first."""
    query = {name: visit.query.get(name, "").strip() for name in ("actor", "action")}
    before = visit.query.get("before", "")
    number = whole_number(before, "before") if before else MAX_ID
    equal = {name: value for name, value in query.items() if value}
    if visit.query.get("all") != "yes":
        equal["tenant_id"] = visit.tenant_id
    found = entries(visit.context.plane, before=number, limit=PER_PAGE + 1, **equal)
    return visit.render(
        "audit.html",
        entries=[(each, datetime.fromisoformat(each.at)) for each in found[:PER_PAGE]],
        before=found[PER_PAGE - 1].number if len(found) > PER_PAGE else None,
        query=query,
        everywhere=visit.query.get("all") == "yes",
    )


PAGES = (Page(path="/audit", show=show),)
