"""``/registries``: connectors as code: planned, applied whole or refused whole, and rolled back to any revision."""

import json
from typing import Any, Literal

from pydantic import Field, model_validator

from widget_service.admin.api.models import Model, Moment, Page, PageQuery, ProblemModel
from widget_service.admin.api.paging import page_of
from widget_service.admin.api.preconditions import etag
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.admin.errors import AdminError
from widget_service.connectors.problems import Problem
from widget_service.control.git_sources import list_git_sources
from widget_service.control.history import plan_roll_back, registry_history, roll_back
from widget_service.control.plane import ControlPlane
from widget_service.control.registries import Source, Sync, apply_source, plan_source
from widget_service.control.synced import ListedRegistry, get_registry, list_registries, remove_registry
from widget_service.identity.rights import READ, WRITE
from widget_service.registry.sync import ABSENT, FieldChange, Update
from widget_service.storage.registries import Registry
from widget_service.storage.registry_versions import RegistryVersion

PLACE = "pushed by the API"


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


class Change(Model):
    """A field that changes. What was or is not there is left out; credentials in plain text are masked."""

    path: str
    before: Any = None
    after: Any = None
    is_new: bool
    is_gone: bool
    is_hidden: bool = Field(description="It changes, and that cannot be seen for the mask.")


class Updated(Model):
    """A definition that changes, field by field."""

    permalink: str
    kind: Literal["connector", "composite"]
    changes: list[Change]


class Named(Model):
    """A definition."""

    permalink: str
    kind: Literal["connector", "composite"]


class Plan(Model):
    """What applying a registry changes, or has changed."""

    name: str
    applied: bool
    created: list[Named]
    updated: list[Updated]
    deleted: list[Named]
    unchanged: int
    problems: list[ProblemModel] = Field(description="Warnings.")


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
    return Reply(plan_of(sync, applied=False))


def apply(call: Call) -> Reply:
    """Apply a registry, all of it or nothing."""
    sync = apply_source(
        call.context.plane,
        call.tenant_id,
        _source(call),
        actor=call.actor,
        moved=call.body.moved,
        check=_check_if_asked(call),
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
        return Reply(plan_of(plan_roll_back(plane, call.tenant_id, name, wanted.revision), applied=False))
    check = _check_if_asked(call)
    return _applied(call, roll_back(plane, call.tenant_id, name, wanted.revision, actor=call.actor, check=check))


def _check_if_asked(call: Call) -> Any:
    """Who syncs knows what is to be there, whatever was; with If-Match, what was counts too."""
    asks = call.precondition.if_match is not None or call.precondition.if_none_match is not None
    return call.check(_tag) if asks else lambda _: None


def _applied(call: Call, sync: Sync) -> Reply:
    found = get_registry(call.context.plane, call.tenant_id, sync.registry_id)
    return Reply(plan_of(sync, applied=True), etag=_tag(found.of))


def _source(call: Call) -> Source:
    body, name = call.body, call.path["name"]
    _refuse_git(call.context.plane, call.tenant_id, name)
    text = body.text if body.text is not None else json.dumps(body.registry, ensure_ascii=False, indent=2)
    return Source.of_text(name, text.encode("utf-8", "surrogatepass"), place=PLACE)


def _refuse_git(plane: ControlPlane, tenant_id: str, name: str) -> None:
    if any(source.registry_id == name for source in list_git_sources(plane, tenant_id)):
        raise AdminError("CONFLICT", f"The registry '{name}' comes from a repository: push there.")


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


def plan_of(sync: Sync, *, applied: bool) -> Plan:
    """Return a plan as the API tells it."""
    return Plan(
        name=sync.registry_id,
        applied=applied,
        created=[Named(permalink=each.permalink, kind=each.kind.value) for each in sync.plan.created],
        updated=[_updated(update) for update in sync.plan.updated],
        deleted=[Named(permalink=each.permalink, kind=each.kind.value) for each in sync.plan.deleted],
        unchanged=sync.plan.unchanged,
        problems=problems_of(sync.problems),
    )


def problems_of(problems: list[Problem]) -> list[ProblemModel]:
    """Return problems as the API tells them."""
    return [ProblemModel.model_validate(problem.as_dict()) for problem in problems]


def change_of(change: FieldChange) -> Change:
    """Return a field's change as the API tells it."""
    is_new, is_gone = change.before is ABSENT, change.after is ABSENT
    return Change(
        path=change.path,
        before=None if is_new else change.before,
        after=None if is_gone else change.after,
        is_new=is_new,
        is_gone=is_gone,
        is_hidden=change.is_hidden,
    )


def _updated(update: Update) -> Updated:
    after = update.after
    changes = [change_of(change) for change in update.changes]
    return Updated(permalink=after.permalink, kind=after.kind.value, changes=changes)


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
        "With `If-Match`, only where nobody has applied another meanwhile.",
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
        description="One of a repository stays so until the next push to it.",
        body=Revision,
        answers=Plan,
        errors=("PRECONDITION_FAILED",),
    ),
)
