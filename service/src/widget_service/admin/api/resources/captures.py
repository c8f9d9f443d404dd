"""``/captures`` and ``/connectors/{permalink}/capture``: keeping the bodies of calls for a while, and deleting them."""

from datetime import UTC, datetime, timedelta

from pydantic import Field

from widget_service.admin.api.models import Model, Moment, Page, PageQuery
from widget_service.admin.api.paging import page_of
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.control.captures import capture, captures_of, delete_captured, end_capture
from widget_service.identity.rights import CAPTURE, READ, WRITE


class Capture(Model):
    """Until when bodies are kept."""

    until: Moment


class ShownCapture(Capture):
    """A connector whose bodies are kept."""

    permalink: str


class CaptureWanted(Model):
    """For how long bodies are to be kept."""

    minutes: int = Field(10, ge=1, le=60)


def list_captures(call: Call) -> Reply:
    """Answer with a page of the connectors whose bodies are kept."""
    found = sorted(captures_of(call.context.plane, call.tenant_id, datetime.now(UTC)).items())
    return Reply(page_of(found, call.query, key=lambda item: item[0], shown=_shown_capture))


def start_capture(call: Call) -> Reply:
    """Keep bodies of a connector's calls for a while."""
    lasting = timedelta(minutes=call.body.minutes)
    until = capture(call.context.plane, call.tenant_id, call.path["permalink"], lasting, actor=call.actor)
    return Reply(Capture(until=until))


def stop_capture(call: Call) -> Reply:
    """Keep them no longer."""
    end_capture(call.context.plane, call.tenant_id, call.path["permalink"], actor=call.actor)
    return Reply()


def delete_bodies(call: Call) -> Reply:
    """Delete what was kept, and keep no more."""
    delete_captured(call.context.plane, call.tenant_id, call.path["permalink"], actor=call.actor)
    return Reply()


def _shown_capture(item: tuple[str, datetime]) -> ShownCapture:
    return ShownCapture(permalink=item[0], until=item[1])


ROUTES = (
    Route(
        method="GET",
        path="/captures",
        name="list_captures",
        call=list_captures,
        access=READ,
        summary="List the connectors whose bodies are kept at present, by permalink.",
        query=PageQuery,
        answers=Page[ShownCapture],
    ),
    Route(
        method="PUT",
        path="/connectors/{permalink}/capture",
        name="start_capture",
        call=start_capture,
        access=CAPTURE,
        summary="Keep the resolved request and the bodies of a connector's calls, for a while.",
        description="Secrets are masked. Bodies are cut at 16 KiB, and kept where the service held them, of 200 calls "
        "in each process at most. What callers send may be personal: it is deleted an hour after the call.",
        body=CaptureWanted,
        answers=Capture,
        example={"minutes": 10},
        example_path={"permalink": "plants"},
    ),
    Route(
        method="DELETE",
        path="/connectors/{permalink}/capture",
        name="stop_capture",
        call=stop_capture,
        access=WRITE,
        summary="Keep bodies of a connector's calls no longer.",
    ),
    Route(
        method="DELETE",
        path="/connectors/{permalink}/captured",
        name="delete_captured",
        call=delete_bodies,
        access=WRITE,
        summary="Delete at once the requests and bodies that were kept of a connector's calls, and keep no more.",
        description="A call that is being written down just then may keep its own: ask again a second later.",
    ),
)
