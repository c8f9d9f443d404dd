"""The first page: how calls fare, what fails most, and a beginning where nothing is there yet."""

from datetime import UTC, datetime
from typing import Final

from starlette.responses import Response

from widget_service.admin.pages.executions import series_for
from widget_service.admin.pages.page import Page, Visit
from widget_service.control.definitions import list_permalinks
from widget_service.control.executions import list_executions, totals_since
from widget_service.executions.record import time_of
from widget_service.storage.executions import Wanted

_SHOWN: Final = 8
_DAY_S: Final = 24 * 3600


def show(visit: Visit) -> Response:
    """Show the figures of all connectors, the worst ones, and the last failures."""
    plane, tenant_id = visit.context.plane, visit.tenant_id
    known = list_permalinks(plane, tenant_id)
    totals = totals_since(plane, tenant_id, plane.database.now().timestamp() - _DAY_S, limit=_SHOWN)
    failures = list_executions(plane, tenant_id, Wanted(status=(400, 599)), limit=_SHOWN)
    return visit.render(
        "overview.html",
        is_empty=not known,
        count=len(known),
        known=frozenset(known),
        worst=[(name, total) for name, total in totals.items() if total.errors],
        calls=[(each, datetime.fromtimestamp(time_of(each.id), UTC)) for each in failures],
        **series_for(visit),
    )


PAGES = (Page(path="/", show=show),)
