"""Connectors as code: what was applied, applying a file after its plan, and rolling back."""

from typing import Any

from starlette.responses import Response

from widget_service.admin.api.preconditions import Precondition, etag
from widget_service.admin.pages.numbers import MAX_REVISION, whole_number
from widget_service.admin.pages.page import Page, Visit
from widget_service.admin.process import admin_origin
from widget_service.admin.webhooks import PREFIX
from widget_service.control.definitions import list_definitions
from widget_service.control.git_sources import list_git_sources
from widget_service.control.history import plan_roll_back, registry_history, roll_back
from widget_service.control.registries import Sync, apply_source, plan_source
from widget_service.control.registry_source import Source, SyncRefused
from widget_service.control.synced import get_registry, list_registries, remove_registry
from widget_service.control.values import list_secrets
from widget_service.identity.rights import WRITE
from widget_service.registry.git.pushes import HOOK_KINDS
from widget_service.storage.errors import StorageError
from widget_service.storage.registries import Registry


def show_list(visit: Visit) -> Response:
    """Show all registries with the last thing that was applied."""
    plane, tenant_id = visit.context.plane, visit.tenant_id
    found = list_registries(plane, tenant_id)
    return visit.render(
        "registries.html",
        registries=[(each, next(iter(registry_history(plane, tenant_id, each.of.id)), None)) for each in found],
        sources=list_git_sources(plane, tenant_id),
        secrets=[each.name for each in list_secrets(plane, tenant_id)],
        hook_kinds=HOOK_KINDS,
        webhooks=f"{admin_origin(visit.context.settings)}{PREFIX}/{tenant_id}",
    )


def show(visit: Visit) -> Response:
    """Show one with its history and its connectors."""
    plane, tenant_id, name = visit.context.plane, visit.tenant_id, visit.part("name")
    found = get_registry(plane, tenant_id, name)
    return visit.render(
        "registry.html",
        found=found,
        tag=etag(found.of.revision),
        versions=registry_history(plane, tenant_id, name),
        listed=[each for each in list_definitions(plane, tenant_id) if each.registry_id == name],
    )


def show_apply(visit: Visit) -> Response:
    """Show the form that takes a registry's file."""
    return _form(visit)


def apply(visit: Visit) -> Response:
    """Show what applying would change, or every problem; apply it where the plan was seen."""
    name, text = visit.form.get("name", "").strip(), visit.form.get("text", "")
    plane, tenant_id = visit.context.plane, visit.tenant_id
    try:
        source, seen = Source.pushed(name, text), visit.form.get("plan", "")
        if visit.form.get("apply") != "yes":
            return _form(visit, sync=plan_source(plane, tenant_id, source))
        apply_source(plane, tenant_id, source, actor=visit.actor, check_plan=lambda sync: _check_seen(sync, seen))
    except _PlanChanged as changed:
        return _form(visit, status=412, sync=changed.sync, refusal=str(changed))
    except SyncRefused as refused:
        return _form(visit, status=422, problems=refused.problems)
    except StorageError as refused:
        return _form(visit, status=409, refusal=str(refused))
    return visit.redirect(visit.link(f"/registries/{name}", done="Applied."))


def show_roll_back(visit: Visit) -> Response:
    """Show what rolling back would change."""
    return _roll_back_page(visit, _revision(visit.query.get("revision", "")))


def go_back(visit: Visit) -> Response:
    """Apply a registry as it was, if nobody has applied another meanwhile."""
    name, revision = visit.part("name"), _revision(visit.form.get("revision", ""))
    check = _unchanged(visit.form.get("etag", ""))
    try:
        roll_back(visit.context.plane, visit.tenant_id, name, revision, actor=visit.actor, check=check)
    except SyncRefused as refused:
        return _roll_back_page(visit, revision, refused)
    return visit.redirect(visit.link(f"/registries/{name}", done=f"Rolled back to revision {revision}."))


def delete(visit: Visit) -> Response:
    """Delete a registry with all that came from it, as it was shown."""
    name, check = visit.part("name"), _unchanged(visit.form.get("etag", ""))
    remove_registry(visit.context.plane, visit.tenant_id, name, actor=visit.actor, check=check)
    return visit.redirect(visit.link("/registries", done=f"Deleted {name}, and what came from it."))


def _form(
    visit: Visit, *, status: int = 200, sync: Sync | None = None, problems: Any = (), refusal: str = ""
) -> Response:
    given = {name: visit.form.get(name, visit.query.get(name, "")) for name in ("name", "text")}
    return visit.render(
        "apply_registry.html", status=status, given=given, sync=sync, problems=problems, refusal=refusal
    )


def _roll_back_page(visit: Visit, revision: int, refused: SyncRefused | None = None) -> Response:
    plane, tenant_id, name = visit.context.plane, visit.tenant_id, visit.part("name")
    found, sync = get_registry(plane, tenant_id, name), None
    if refused is None:
        try:
            sync = plan_roll_back(plane, tenant_id, name, revision)
        except SyncRefused as error:
            refused = error
    return visit.render(
        "roll_back.html",
        status=422 if refused else 200,
        name=name,
        revision=revision,
        tag=etag(found.of.revision),
        sync=sync,
        problems=refused.problems if refused else (),
    )


class _PlanChanged(Exception):
    """What would be applied is not what was shown."""

    def __init__(self, sync: Sync) -> None:
        super().__init__("This changes something else than was shown, and nothing was applied: look at it again.")
        self.sync = sync


def _check_seen(sync: Sync, seen: str) -> None:
    if sync.plan_digest != seen:
        raise _PlanChanged(sync)


def _unchanged(tag: str) -> Any:
    condition = Precondition(tag or None, None)

    def check(found: Registry | None) -> None:
        condition.check(None if found is None else etag(found.revision))

    return check


def _revision(text: str) -> int:
    return whole_number(text, "The revision", most=MAX_REVISION)


PAGES = (
    Page(path="/registries", show=show_list),
    Page(path="/registries/{name}", show=show),
    Page(path="/apply-registry", show=show_apply, access=WRITE),
    Page(method="POST", path="/apply-registry", show=apply, access=WRITE),
    Page(path="/registries/{name}/roll-back", show=show_roll_back),
    Page(method="POST", path="/registries/{name}/roll-back", show=go_back, access=WRITE),
    Page(method="POST", path="/registries/{name}/delete", show=delete, access=WRITE),
)
