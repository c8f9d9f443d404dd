"""The first page."""

from starlette.responses import Response

from widget_service.admin.pages.page import Page, Visit


def show(visit: Visit) -> Response:
    """Show what there is to go on with."""
    return visit.render("start.html")


PAGES = (Page(path="/", show=show),)
