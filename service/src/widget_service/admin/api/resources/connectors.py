"""``/connectors`` and ``/composite-connectors``: those made by hand are changed here, those of a registry there."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, Field, RootModel

from widget_service.admin.api.models import Model, Moment, Page, PageQuery
from widget_service.admin.api.paging import page_of
from widget_service.admin.api.preconditions import etag
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.admin.errors import AdminError
from widget_service.control.definitions import Listed, get_definition, list_definitions
from widget_service.control.editing import Edited, delete_definition, put_definition
from widget_service.identity.rights import READ, WRITE
from widget_service.registry.sync import Kind
from widget_service.storage.actors import Actor
from widget_service.storage.definitions import StoredDefinition

EXAMPLE: Mapping[str, Any] = {
    "name": "Example plants",
    "url": "https://api.example.com/v1/plants",
    "headers": [{"key": "Accept", "value": "application/json"}],
}

COMPOSITE_EXAMPLE: Mapping[str, Any] = {
    "name": "Example plants and weather",
    "steps": [
        {"name": "plants", "connector": "example-plants"},
        {"name": "weather", "url": "https://api.example.com/v1/weather", "method": "GET"},
    ],
}


class Connector(Model):
    """A connector or composite. One of a ``registry`` is read-only here; without one it was made by hand."""

    permalink: str
    kind: Literal["connector", "composite"]
    registry: str | None
    secrets: list[str] = Field(description="Names of the secrets that it reads.")
    variables: list[str] = Field(description="Names of the variables that it reads.")
    updated_at: Moment
    definition: dict[str, Any] = Field(
        description="As in `connectors_registry.json`. Without the scope `secrets`, literal credentials are masked."
    )
    problems: list[dict[str, Any]] | None = Field(None, description="Warnings about what was just stored.")


class Definition(RootModel[dict[str, Any]]):
    """A definition, as in `connectors_registry.json`."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"type": "object"})


class ConnectorsQuery(PageQuery):
    """Those of the list of connectors."""

    search: str = Field("", max_length=255, description="Part of the permalink, the name or the URL.")


class Resource:
    """The operations on definitions of one kind."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def list(self, call: Call) -> Reply:
        """Answer with a page of the tenant's definitions."""
        found = [each for each in list_definitions(call.context.plane, call.tenant_id) if each.kind == self._kind]
        wanted = [each for each in found if _mentions(each, call.query.search.lower())]
        return Reply(
            page_of(wanted, call.query, key=lambda each: each.permalink, shown=lambda each: _shown(each, call.actor))
        )

    def show(self, call: Call) -> Reply:
        """Answer with one, and its tag."""
        found = get_definition(call.context.plane, call.tenant_id, call.path["permalink"])
        if found.kind != self._kind:
            other = "/composite-connectors" if found.kind == Kind.COMPOSITE else "/connectors"
            raise AdminError("NOT_FOUND", f"{found.permalink} is a {found.kind}: see {other}.")
        return Reply(_shown(found, call.actor), etag=etag(found.digest))

    def put(self, call: Call) -> Reply:
        """Make or replace one."""
        edited = put_definition(
            call.context.plane,
            call.tenant_id,
            call.path["permalink"],
            call.body.root,
            kind=self._kind,
            actor=call.actor,
            check=call.check(_etag_of),
        )
        return edited_reply(edited, call.actor)

    def delete(self, call: Call) -> Reply:
        """Delete one."""
        delete_definition(
            call.context.plane,
            call.tenant_id,
            call.path["permalink"],
            kind=self._kind,
            actor=call.actor,
            check=call.check(_etag_of),
        )
        return Reply()


def edited_reply(edited: Edited, who: Actor) -> Reply:
    """Answer with what was stored, its tag, and the warnings."""
    shown = _shown(edited.definition, who, [problem.as_dict() for problem in edited.warnings])
    return Reply(shown, 201 if edited.before is None else 200, etag(edited.definition.digest))


def _etag_of(row: StoredDefinition) -> str:
    return etag(row.digest)


def _mentions(each: Listed, text: str) -> bool:
    return any(text in str(part).lower() for part in (each.permalink, each.raw.get("name"), each.raw.get("url")))


def _shown(each: Listed, who: Actor, warnings: list[dict[str, Any]] | None = None) -> Connector:
    return Connector(
        permalink=each.permalink,
        kind="composite" if each.kind == Kind.COMPOSITE else "connector",
        registry=each.registry_id,
        secrets=list(each.secrets),
        variables=list(each.variables),
        updated_at=each.updated_at,
        definition=dict(each.seen_by(who)),
        problems=warnings,
    )


_SECRETS = "To send a secret to a host that it was not sent to before, the scope `secrets` is needed too."


def _routes(kind: Kind, path: str, name: str, example: Mapping[str, Any], example_permalink: str) -> tuple[Route, ...]:
    resource, one = Resource(kind), path + "/{permalink}"
    what = "composite connector" if kind is Kind.COMPOSITE else "connector"
    return (
        Route(
            method="GET",
            path=path,
            name=f"list_{name}s",
            call=resource.list,
            access=READ,
            summary=f"List the {what}s, by permalink.",
            query=ConnectorsQuery,
            answers=Page[Connector],
        ),
        Route(
            method="GET",
            path=one,
            name=f"show_{name}",
            call=resource.show,
            access=READ,
            summary=f"Show a {what}.",
            answers=Connector,
            is_conditional=True,
        ),
        Route(
            method="PUT",
            path=one,
            name=f"put_{name}",
            call=resource.put,
            access=WRITE,
            summary=f"Make a {what}, or replace one that was made by hand.",
            description="It is checked as a registry is, and refused with every problem. One of a registry is "
            f"read-only (409). {_SECRETS}",
            body=Definition,
            answers=Connector,
            is_conditional=True,
            example=example,
            example_path={"permalink": example_permalink},
        ),
        Route(
            method="DELETE",
            path=one,
            name=f"delete_{name}",
            call=resource.delete,
            access=WRITE,
            summary=f"Delete a {what} that was made by hand.",
            is_conditional=True,
            errors=("CONFLICT",),
        ),
    )


ROUTES = (
    *_routes(Kind.CONNECTOR, "/connectors", "connector", EXAMPLE, "example-plants"),
    *_routes(
        Kind.COMPOSITE, "/composite-connectors", "composite_connector", COMPOSITE_EXAMPLE, "example-plants-and-weather"
    ),
)
