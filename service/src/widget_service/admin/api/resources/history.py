"""``/connectors/{permalink}/history``: what a definition was, how it changed, and bringing it back."""

from typing import Any, Literal

from pydantic import Field

from widget_service.admin.api.models import Model, Moment, Page, PageQuery
from widget_service.admin.api.paging import page_of
from widget_service.admin.api.plans import Change, change_of
from widget_service.admin.api.preconditions import etag
from widget_service.admin.api.resources.connectors import Connector, edited_reply
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.control.history import Version, definition_history, restore_definition
from widget_service.identity.rights import READ, WRITE
from widget_service.storage.definitions import StoredDefinition


class ShownVersion(Model):
    """What a definition was after a change; credentials in plain text are masked."""

    revision: int
    at: Moment
    actor: str
    action: str
    kind: Literal["connector", "composite"]
    registry: str | None
    definition: dict[str, Any] | None = Field(description="Null: it was deleted.")
    changes: list[Change] = Field(description="Against the version before.")


class Restored(Model):
    """Which version is to be brought back."""

    revision: int = Field(ge=1, le=2**31 - 1)


def list_versions(call: Call) -> Reply:
    """Answer with a page of versions, the youngest first."""
    found = definition_history(call.context.plane, call.tenant_id, call.path["permalink"])
    return Reply(page_of(found, call.query, key=lambda each: -each.of.revision, shown=_shown, kind=int))


def restore(call: Call) -> Reply:
    """Bring a version back."""
    edited = restore_definition(
        call.context.plane,
        call.tenant_id,
        call.path["permalink"],
        call.body.revision,
        actor=call.actor,
        check=call.check(_etag_of),
    )
    return Reply() if edited is None else edited_reply(edited, call.actor)


def _etag_of(row: StoredDefinition) -> str:
    return etag(row.digest)


def _shown(each: Version) -> ShownVersion:
    return ShownVersion(
        revision=each.of.revision,
        at=each.of.at,
        actor=each.of.actor,
        action=each.of.action,
        kind="composite" if each.of.kind == "composite" else "connector",
        registry=each.of.registry_id,
        definition=None if each.raw is None else dict(each.raw),
        changes=[change_of(change) for change in each.changes],
    )


ROUTES = tuple(
    route
    for path, name, what in (
        ("/connectors/{permalink}", "connector", "connector"),
        ("/composite-connectors/{permalink}", "composite_connector", "composite connector"),
    )
    for route in (
        Route(
            method="GET",
            path=f"{path}/history",
            name=f"list_{name}_history",
            call=list_versions,
            access=READ,
            summary=f"List the versions of a {what}, the youngest first; the last 50 are kept.",
            description="That of one that is gone too.",
            query=PageQuery,
            answers=Page[ShownVersion],
        ),
        Route(
            method="POST",
            path=f"{path}/restore",
            name=f"restore_{name}",
            call=restore,
            access=WRITE,
            summary=f"Make a {what} what it was after a revision, as a new change.",
            description="It is checked as if it were sent now. Where it was deleted by that revision, it is deleted "
            "(204).",
            body=Restored,
            answers=Connector,
            is_conditional=True,
        ),
    )
)
