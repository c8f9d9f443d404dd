"""What applying a registry changes, as the API tells it, and the tag by which it is applied as it was told."""

from typing import Any, Final, Literal

from pydantic import Field

from widget_service.admin.api.models import Model, ProblemModel
from widget_service.admin.api.preconditions import Precondition, etag
from widget_service.admin.errors import AdminError
from widget_service.control.registries import Sync
from widget_service.registry.sync import ABSENT, FieldChange, Update

PLAN: Final = "plan-"
"""What the tags of plans begin with."""


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


def plan_tag(sync: Sync) -> str:
    """Return the entity tag of a plan."""
    return etag(PLAN + sync.plan_digest)


def check_planned(sync: Sync, asked: Precondition) -> None:
    """Raise `AdminError` where applying would change something else than the plan that ``asked`` names."""
    if not asked.names(plan_tag(sync)):
        detail = "Applying it would change something else by now than was planned; plan it again."
        raise AdminError("PRECONDITION_FAILED", detail, headers=[("ETag", plan_tag(sync))])


def plan_of(sync: Sync, *, applied: bool) -> Plan:
    """Return a plan as the API tells it."""
    return Plan(
        name=sync.registry_id,
        applied=applied,
        created=[Named(permalink=each.permalink, kind=each.kind.value) for each in sync.plan.created],
        updated=[_updated(update) for update in sync.plan.updated],
        deleted=[Named(permalink=each.permalink, kind=each.kind.value) for each in sync.plan.deleted],
        unchanged=sync.plan.unchanged,
        problems=[ProblemModel.model_validate(problem.as_dict()) for problem in sync.problems],
    )


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
