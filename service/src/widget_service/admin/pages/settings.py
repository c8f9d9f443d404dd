"""How the service is set up, and what the doctor finds."""

from starlette.responses import Response

from widget_service.admin.pages.page import Page, Visit
from widget_service.control.doctor import State, examine_running
from widget_service.control.settings_table import settings_table
from widget_service.identity.rights import OWNER_READ

_ORDER = (State.WRONG, State.NOTE, State.GOOD)


def show(visit: Visit) -> Response:
    """Show the findings, the wrong first, and every setting of this process."""
    found = sorted(examine_running(visit.context.plane), key=lambda finding: _ORDER.index(finding.state))
    return visit.render("settings.html", findings=found, settings=settings_table(visit.context.settings))


PAGES = (Page(path="/settings", show=show, access=OWNER_READ),)
