"""``/connectors``: those made by hand are changed here; those of a registry are shown, and changed there."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field, RootModel

from widget_service.admin.api.models import Model, Moment, Page, PageQuery
from widget_service.admin.api.paging import page_of
from widget_service.admin.api.preconditions import etag
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.admin.errors import AdminError
from widget_service.control.definitions import Listed, get_definition, list_definitions
from widget_service.control.editing import delete_definition, put_definition
from widget_service.identity.rights import READ, WRITE
from widget_service.storage.definitions import StoredDefinition

EXAMPLE: Mapping[str, Any] = {
    "name": "Example plants",
    "url": "https://api.example.com/v1/plants",
    "headers": [{"key": "Accept", "value": "application/json"}],
}


class Connector(Model):
    """A connector. One of a ``registry`` is read-only here; without one it was made by hand."""

    permalink: str
    kind: Literal["connector", "composite"]
    registry: str | None
    secrets: list[str] = Field(description="Names of the secrets that it reads.")
    variables: list[str] = Field(description="Names of the variables that it reads.")
    updated_at: Moment
    definition: dict[str, Any] = Field(description="As in `connectors_registry.json`.")
    problems: list[dict[str, Any]] | None = Field(None, description="Warnings about what was just stored.")


class Definition(RootModel[dict[str, Any]]):
    """A connector's definition, as in `connectors_registry.json`."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"type": "object"})


class ConnectorsQuery(PageQuery):
    """Those of the list of connectors."""

    search: str = Field("", max_length=255, description="Part of the permalink, the name or the URL.")


def list_connectors(call: Call) -> Reply:
    """Answer with a page of the tenant's connectors."""
    found = [each for each in list_definitions(call.context.plane, call.tenant_id) if each.kind == "connector"]
    wanted = [each for each in found if _mentions(each, call.query.search.lower())]
    return Reply(page_of(wanted, call.query, key=lambda each: each.permalink, shown=_shown))


def show_connector(call: Call) -> Reply:
    """Answer with one, and its tag."""
    found = get_definition(call.context.plane, call.tenant_id, call.path["permalink"])
    if found.kind != "connector":
        raise AdminError("NOT_FOUND", f"{found.permalink} is a composite: see /composite-connectors.")
    return Reply(_shown(found), etag=etag(found.digest))


def put_connector(call: Call) -> Reply:
    """Make or replace a connector."""
    edited = put_definition(
        call.context.plane,
        call.tenant_id,
        call.path["permalink"],
        call.body.root,
        actor=call.actor,
        check=call.check(_etag_of),
    )
    shown = _shown(edited.definition, [problem.as_dict() for problem in edited.warnings])
    return Reply(shown, 201 if edited.before is None else 200, etag(edited.definition.digest))


def delete_connector(call: Call) -> Reply:
    """Delete a connector."""
    delete_definition(
        call.context.plane, call.tenant_id, call.path["permalink"], actor=call.actor, check=call.check(_etag_of)
    )
    return Reply()


def _etag_of(row: StoredDefinition) -> str:
    return etag(row.digest)


def _mentions(each: Listed, text: str) -> bool:
    return any(text in str(part).lower() for part in (each.permalink, each.raw.get("name"), each.raw.get("url")))


def _shown(each: Listed, warnings: list[dict[str, Any]] | None = None) -> Connector:
    return Connector(
        permalink=each.permalink,
        kind="connector",
        registry=each.registry_id,
        secrets=list(each.secrets),
        variables=list(each.variables),
        updated_at=each.updated_at,
        definition=dict(each.raw),
        problems=warnings,
    )


ROUTES = (
    Route(
        method="GET",
        path="/connectors",
        name="list_connectors",
        call=list_connectors,
        access=READ,
        summary="List the connectors, by permalink.",
        query=ConnectorsQuery,
        answers=Page[Connector],
    ),
    Route(
        method="GET",
        path="/connectors/{permalink}",
        name="show_connector",
        call=show_connector,
        access=READ,
        summary="Show a connector.",
        answers=Connector,
        is_conditional=True,
    ),
    Route(
        method="PUT",
        path="/connectors/{permalink}",
        name="put_connector",
        call=put_connector,
        access=WRITE,
        summary="Make a connector, or replace one that was made by hand.",
        description="It is checked as a registry is, and refused with every problem. One of a registry is read-only "
        "(409). To send a secret to a host that it was not sent to before, the scope `secrets` is needed too.",
        body=Definition,
        answers=Connector,
        is_conditional=True,
        example=EXAMPLE,
        example_path={"permalink": "example-plants"},
    ),
    Route(
        method="DELETE",
        path="/connectors/{permalink}",
        name="delete_connector",
        call=delete_connector,
        access=WRITE,
        summary="Delete a connector that was made by hand.",
        is_conditional=True,
        errors=("CONFLICT",),
    ),
)
