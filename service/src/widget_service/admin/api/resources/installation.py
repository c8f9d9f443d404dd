"""``/settings`` and ``/findings``: how the service is set up, and what the doctor finds; for owners."""

from typing import Any

from widget_service.admin.api.models import Model, Page
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.control.doctor import State, examine_running
from widget_service.control.settings_table import settings_table
from widget_service.identity.rights import OWNER_READ


class Setting(Model):
    """A setting of this process; a secret is masked."""

    name: str
    value: Any
    default: Any
    meaning: str


class ShownFinding(Model):
    """One thing that the doctor looked at: a note is worth knowing, what is wrong must be mended."""

    subject: str
    state: State
    message: str
    mend: str


def list_settings(call: Call) -> Reply:
    """Answer with the settings."""
    return Reply(Page(items=[Setting(**row) for row in settings_table(call.context.settings)]))


def list_findings(call: Call) -> Reply:
    """Answer with what the doctor finds, the wrong first."""
    order = (State.WRONG, State.NOTE, State.GOOD)
    found = sorted(examine_running(call.context.plane), key=lambda finding: order.index(finding.state))
    return Reply(Page(items=[ShownFinding.model_validate(finding.as_dict()) for finding in found]))


ROUTES = (
    Route(
        method="GET",
        path="/settings",
        name="list_settings",
        call=list_settings,
        access=OWNER_READ,
        summary="List the settings of the admin process, in the order of the table.",
        answers=Page[Setting],
    ),
    Route(
        method="GET",
        path="/findings",
        name="list_findings",
        call=list_findings,
        access=OWNER_READ,
        summary="Examine the service: what is configured, reachable and wrong, and how to mend it.",
        answers=Page[ShownFinding],
    ),
)
