"""``/registries``: connectors as code: planned, applied whole or refused whole, and rolled back to any revision."""

import json
from typing import Any, Literal

from pydantic import Field, model_validator

from widget_service.admin.api.models import Model, Moment, Page, PageQuery
from widget_service.admin.api.paging import page_of
from widget_service.admin.api.plans import PLAN, Plan, check_planned, plan_of, plan_tag
from widget_service.admin.api.preconditions import etag
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.control.history import plan_roll_back, registry_history, roll_back
from widget_service.control.registries import Sync, apply_source, plan_source
from widget_service.control.registry_source import Source
from widget_service.control.synced import ListedRegistry, get_registry, list_registries, remove_registry
from widget_service.identity.rights import READ, WRITE
from widget_service.storage.registries import Registry
from widget_service.storage.registry_versions import RegistryVersion


class ShownRegistry(Model):
    """A registry as it was applied last. The source of one of the kind `git` is its repository."""

    name: str
    kind: Literal["path", "git"]
    source: str
    digest: str = Field(description="SHA-256 of its file.")
    revision: int = Field(description="Of the change that applied it last.")
    applied_at: Moment
    connectors: int
    composite_connectors: int


class NewRegistry(Model):
    """A registry: the text of its file, of which problems say line and column, or its value."""

    text: str | None = Field(None, description="The text of `connectors_registry.json`.")
    registry: dict[str, Any] | None = Field(None, description="The same as JSON.")
    moved: bool = Field(False, description="It came from elsewhere until now.")

    @model_validator(mode="after")
    def _one_of_both(self) -> "NewRegistry":
        if (self.text is None) == (self.registry is None):
            raise ValueError("either text or registry must be given")
        return self


class Revision(Model):
    """A revision that a registry is rolled back to."""

    revision: int = Field(ge=1, le=2**31 - 1)
    plan_only: bool = Field(False, description="Tell what it would change, and change nothing.")


class Applied(Model):
    """What was applied of a registry by a change."""

    revision: int
    at: Moment
    actor: str
    digest: str
    created: int
    updated: int
    deleted: int
    note: str = Field(description="A commit, or where it was rolled back to.")


def list_all(call: Call) -> Reply:
    """Answer with a page of the tenant's registries."""
    found = list_registries(call.context.plane, call.tenant_id)
    return Reply(page_of(found, call.query, key=lambda each: each.of.id, shown=_shown))


def show(call: Call) -> Reply:
    """Answer with one, and its tag."""
    found = get_registry(call.context.plane, call.tenant_id, call.path["name"])
    return Reply(_shown(found), etag=_tag(found.of))


def plan(call: Call) -> Reply:
    """Tell what applying a registry would change."""
    source = _source(call)
    sync = plan_source(call.context.plane, call.tenant_id, source, moved=call.body.moved)
    return _planned(sync)


def apply(call: Call) -> Reply:
    """Apply a registry, all of it or nothing."""
    sync = apply_source(
        call.context.plane,
        call.tenant_id,
        _source(call),
        actor=call.actor,
        moved=call.body.moved,
        **_checks_asked(call),
    )
    return _applied(call, sync)


def delete(call: Call) -> Reply:
    """Delete a registry with all that came from it."""
    remove_registry(call.context.plane, call.tenant_id, call.path["name"], actor=call.actor, check=call.check(_tag))
    return Reply()


def show_history(call: Call) -> Reply:
    """Answer with a page of what was applied, the youngest first."""
    found = registry_history(call.context.plane, call.tenant_id, call.path["name"])
    return Reply(page_of(found, call.query, key=lambda each: -each.revision, shown=_shown_version, kind=int))


def roll_back_to(call: Call) -> Reply:
    """Apply a registry as it was."""
    plane, name, wanted = call.context.plane, call.path["name"], call.body
    if wanted.plan_only:
        return _planned(plan_roll_back(plane, call.tenant_id, name, wanted.revision))
    sync = roll_back(plane, call.tenant_id, name, wanted.revision, actor=call.actor, **_checks_asked(call))
    return _applied(call, sync)


def _planned(sync: Sync) -> Reply:
    return Reply(plan_of(sync, applied=False), etag=plan_tag(sync))


def _checks_asked(call: Call) -> dict[str, Any]:
    """Who syncs knows what is to be there, whatever was; with If-Match, what was counts too, or what was planned."""
    asked = call.precondition
    if asked.if_match is not None and PLAN in asked.if_match:
        return {"check_plan": lambda sync: check_planned(sync, asked)}
    asks = asked.if_match is not None or asked.if_none_match is not None
    return {"check": call.check(_tag)} if asks else {}


def _applied(call: Call, sync: Sync) -> Reply:
    found = get_registry(call.context.plane, call.tenant_id, sync.registry_id)
    return Reply(plan_of(sync, applied=True), etag=_tag(found.of))


def _source(call: Call) -> Source:
    body, name = call.body, call.path["name"]
    text = body.text if body.text is not None else json.dumps(body.registry, ensure_ascii=False, indent=2)
    return Source.pushed(name, text)


def _tag(registry: Registry) -> str:
    return etag(registry.revision)


def _shown(each: ListedRegistry) -> ShownRegistry:
    return ShownRegistry(
        name=each.of.id,
        kind=each.of.kind,
        source=each.of.source,
        digest=each.of.digest,
        revision=each.of.revision,
        applied_at=each.of.applied_at,
        connectors=each.connectors,
        composite_connectors=each.composites,
    )


def _shown_version(version: RegistryVersion) -> Applied:
    return Applied(
        revision=version.revision,
        at=version.at,
        actor=version.actor,
        digest=version.digest,
        note=version.note,
        **{name: version.counts.get(name, 0) for name in ("created", "updated", "deleted")},
    )


_EXAMPLE = {"registry": {"connectors": [{"name": "Example ferns", "url": "https://api.example.com/ferns"}]}}

ROUTES = (
    Route(
        method="GET",
        path="/registries",
        name="list_registries",
        call=list_all,
        access=READ,
        summary="List the registries that were applied, by name.",
        query=PageQuery,
        answers=Page[ShownRegistry],
    ),
    Route(
        method="GET",
        path="/registries/{name}",
        name="show_registry",
        call=show,
        access=READ,
        summary="Show a registry.",
        answers=ShownRegistry,
        is_conditional=True,
    ),
    Route(
        method="POST",
        path="/registries/{name}/plan",
        name="plan_registry",
        call=plan,
        access=READ,
        summary="Check a registry and tell what applying it would change.",
        description="The ETag is that of the plan: send it as `If-Match` to apply this and nothing else.",
        body=NewRegistry,
        answers=Plan,
        example=_EXAMPLE,
        example_path={"name": "example-shop"},
    ),
    Route(
        method="POST",
        path="/registries/{name}/apply",
        name="apply_registry",
        call=apply,
        access=WRITE,
        summary="Apply a registry, all of it or nothing.",
        description="What is gone from it is deleted; what others made is left alone. Refused with every problem. "
        "With `If-Match` and the ETag of a plan, only where it still changes just that (412); "
        "with that of the registry, only where nobody has applied another meanwhile.",
        body=NewRegistry,
        answers=Plan,
        errors=("PRECONDITION_FAILED",),
        example=_EXAMPLE,
        example_path={"name": "example-shop"},
    ),
    Route(
        method="DELETE",
        path="/registries/{name}",
        name="delete_registry",
        call=delete,
        access=WRITE,
        summary="Delete a registry with all connectors that came from it.",
        description="One that comes from a repository does so no more: that needs the scope `secrets` too.",
        is_conditional=True,
    ),
    Route(
        method="GET",
        path="/registries/{name}/history",
        name="list_registry_history",
        call=show_history,
        access=READ,
        summary="List what was applied of a registry, the youngest first; the last 100 are kept.",
        query=PageQuery,
        answers=Page[Applied],
    ),
    Route(
        method="POST",
        path="/registries/{name}/roll-back",
        name="roll_back_registry",
        call=roll_back_to,
        access=WRITE,
        summary="Apply a registry again as a revision applied it, all of it or nothing.",
        description="One of a repository stays so until the next push to it. `If-Match` is as for `apply`.",
        body=Revision,
        answers=Plan,
        errors=("PRECONDITION_FAILED",),
    ),
)
