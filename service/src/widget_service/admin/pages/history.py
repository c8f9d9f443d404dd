"""The history of a definition: its versions with their differences, and restoring one."""

from starlette.responses import Response

from widget_service.admin.api.preconditions import etag
from widget_service.admin.pages.connectors import unchanged
from widget_service.admin.pages.numbers import MAX_REVISION, whole_number
from widget_service.admin.pages.page import Page, Visit
from widget_service.control.definitions import Listed, get_definition
from widget_service.control.history import definition_history, restore_definition
from widget_service.identity.rights import WRITE
from widget_service.storage.errors import NotFound


def show_history(visit: Visit) -> Response:
    """Show the versions, and how each differs from the one before."""
    permalink = visit.part("permalink")
    versions = definition_history(visit.context.plane, visit.tenant_id, permalink)
    current = find_definition(visit, permalink)
    return visit.render(
        "history.html",
        permalink=permalink,
        versions=versions,
        current=current,
        tag=etag(current.digest) if current else "",
    )


def restore(visit: Visit) -> Response:
    """Make a definition what it was."""
    permalink = visit.part("permalink")
    revision = whole_number(visit.form.get("revision", ""), "The revision", most=MAX_REVISION)
    restored = restore_definition(
        visit.context.plane,
        visit.tenant_id,
        permalink,
        revision,
        actor=visit.actor,
        check=unchanged(visit.form.get("etag", "")),
    )
    if restored is None:
        return visit.redirect(visit.link("/connectors", done=f"Deleted {permalink}, as it was then."))
    return visit.redirect(visit.link(f"/connectors/{permalink}", done=f"Restored what revision {revision} had."))


def find_definition(visit: Visit, permalink: str) -> Listed | None:
    """Return a definition of the tenant, None where there is none."""
    try:
        return get_definition(visit.context.plane, visit.tenant_id, permalink)
    except NotFound:
        return None


PAGES = (
    Page(path="/connectors/{permalink}/history", show=show_history),
    Page(method="POST", path="/connectors/{permalink}/restore", show=restore, access=WRITE),
)
