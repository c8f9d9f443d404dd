"""Registries that come from git repositories: their state, the last report, and what an owner says of one."""

from typing import Any

from starlette.responses import Response

from widget_service.admin.api.preconditions import Precondition, etag
from widget_service.admin.pages.numbers import whole_number
from widget_service.admin.pages.page import Page, Visit
from widget_service.control.git_sources import (
    MAX_POLL_S,
    MIN_POLL_S,
    NewGitSource,
    put_git_source,
    remove_git_source,
)
from widget_service.identity.rights import SET_SECRETS, WRITE
from widget_service.registry.git.pushes import HOOK_KINDS, HookKind
from widget_service.storage.git_sources import GitSource


def put(visit: Visit) -> Response:
    """Have a registry come from a repository, or change what is said of it."""
    form, name = visit.form, visit.form.get("name", "").strip()
    poll = form.get("poll_s", "").strip() or "300"
    wanted = NewGitSource(
        url=form.get("url", "").strip(),
        branch=form.get("branch", "").strip() or "main",
        folder=form.get("folder", "").strip(),
        token_secret=form.get("token_secret") or None,
        webhook_secret=form.get("webhook_secret") or None,
        poll_s=whole_number(poll, "The seconds between two looks", least=MIN_POLL_S, most=MAX_POLL_S),
        webhook_kind=_kind(form.get("webhook_kind", "")),
        moved=form.get("moved") == "yes",
    )
    check = _check(form.get("version", ""))
    put_git_source(visit.context.plane, visit.tenant_id, name, wanted, actor=visit.actor, check=check)
    return visit.redirect(visit.link("/registries", done=f"{name} comes from the repository; it is looked at soon."))


async def sync(visit: Visit) -> Response:
    """Look at the repository now."""
    name = visit.part("name")
    found = await visit.context.git.sync(visit.tenant_id, name, anyway=True)
    return visit.redirect(visit.link("/registries", done=f"{name}: {found.report.get('message', found.state)}"))


def delete(visit: Visit) -> Response:
    """Sync no more; what came from there stays."""
    name, check = visit.part("name"), _check(visit.form.get("version", ""))
    remove_git_source(visit.context.plane, visit.tenant_id, name, actor=visit.actor, check=check)
    return visit.redirect(visit.link("/registries", done=f"{name} is synced no more; what came from there stays."))


def _kind(text: str) -> HookKind:
    for kind in HOOK_KINDS:
        if kind == text:
            return kind
    return "signed"


def _check(version: str) -> Any:
    condition = Precondition(etag(version) if version else None, None if version else "*")

    def check(found: GitSource | None) -> None:
        condition.check(None if found is None else etag(found.version))

    return check


PAGES = (
    Page(method="POST", path="/git-sources/set", show=put, access=SET_SECRETS),
    Page(method="POST", path="/registries/{name}/sync", show=sync, access=WRITE),
    Page(method="POST", path="/registries/{name}/git/delete", show=delete, access=SET_SECRETS),
)
