"""``/registries/{name}/git``: a registry that comes from a git repository, by poll and by signed webhook."""

from typing import Any, Literal

from pydantic import Field

from widget_service.admin.api.models import Model, Moment, Page, PageQuery
from widget_service.admin.api.paging import page_of
from widget_service.admin.api.preconditions import etag
from widget_service.admin.api.route import Call, Reply, Route
from widget_service.admin.webhooks import PREFIX
from widget_service.control.git_sources import (
    MAX_POLL_S,
    MIN_POLL_S,
    NewGitSource,
    get_git_source,
    list_git_sources,
    put_git_source,
    remove_git_source,
)
from widget_service.identity.rights import READ, SET_SECRETS, WRITE
from widget_service.registry.git.pushes import HookKind
from widget_service.storage.git_sources import GitSource


class ShownGitSource(Model):
    """A repository that a registry comes from, and what became of it when it was looked at last."""

    registry: str
    url: str
    branch: str
    folder: str
    token_secret: str | None
    webhook_secret: str | None
    webhook_kind: HookKind
    webhook_path: str = Field(description="On the admin origin: where the host is to send pushes.")
    poll_seconds: int
    state: Literal["new", "applied", "refused", "failed"]
    seen_commit: str | None = Field(description="The commit that was taken up or refused last.")
    report: dict[str, Any] = Field(description="`message`, and `commit`, `problems` and how much was changed.")
    checked_at: Moment | None
    due_at: Moment | None


class WantedGitSource(Model):
    """A repository. Secrets are given by their names."""

    url: str = Field(max_length=2048, description="https://…, without credentials.")
    branch: str = Field("main", max_length=255)
    folder: str = Field("", max_length=1024, description="The folder that holds `connectors_registry.json`.")
    token_secret: str | None = Field(
        None, max_length=255, description="Its value is an access token, or USER:PASSWORD."
    )
    webhook_secret: str | None = Field(None, max_length=255, description="Its value signs pushes.")
    webhook_kind: HookKind = Field(
        "signed",
        description="What is taken for a signature: that of one host, by default any HMAC-SHA256 of the body; `gitlab` "
        "sends the secret itself.",
    )
    poll_seconds: int = Field(300, ge=MIN_POLL_S, le=MAX_POLL_S)
    moved: bool = Field(False, description="The registry came from elsewhere until now.")


def list_all(call: Call) -> Reply:
    """Answer with a page of repositories."""
    found = list_git_sources(call.context.plane, call.tenant_id)
    return Reply(page_of(found, call.query, key=lambda each: each.registry_id, shown=_shown))


def show(call: Call) -> Reply:
    """Answer with that of one registry."""
    found = get_git_source(call.context.plane, call.tenant_id, call.path["name"])
    return Reply(_shown(found), etag=_tag(found))


def put(call: Call) -> Reply:
    """Have a registry come from a repository."""
    body: WantedGitSource = call.body
    wanted = NewGitSource(
        url=body.url,
        branch=body.branch,
        folder=body.folder,
        token_secret=body.token_secret,
        webhook_secret=body.webhook_secret,
        webhook_kind=body.webhook_kind,
        poll_s=body.poll_seconds,
        moved=body.moved,
    )
    check = call.check(_tag)
    found = put_git_source(call.context.plane, call.tenant_id, call.path["name"], wanted, actor=call.actor, check=check)
    return Reply(_shown(found), 201 if found.checked_at is None else 200, _tag(found))


def delete(call: Call) -> Reply:
    """Sync no more."""
    check = call.check(_tag)
    remove_git_source(call.context.plane, call.tenant_id, call.path["name"], actor=call.actor, check=check)
    return Reply()


async def sync(call: Call) -> Reply:
    """Look at the repository now."""
    found = await call.context.git.sync(call.tenant_id, call.path["name"], anyway=True)
    return Reply(_shown(found), etag=_tag(found))


def _tag(source: GitSource) -> str:
    return etag(source.version)


def _shown(source: GitSource) -> ShownGitSource:
    return ShownGitSource.model_validate(
        {
            "registry": source.registry_id,
            "url": source.url,
            "branch": source.branch,
            "folder": source.folder,
            "token_secret": source.token_secret,
            "webhook_secret": source.webhook_secret,
            "webhook_kind": source.webhook_kind,
            "webhook_path": f"{PREFIX}/{source.tenant_id}/{source.registry_id}",
            "poll_seconds": source.poll_s,
            "state": source.state,
            "seen_commit": source.seen,
            "report": source.report,
            "checked_at": source.checked_at,
            "due_at": source.due_at,
        }
    )


ROUTES = (
    Route(
        method="GET",
        path="/git-sources",
        name="list_git_sources",
        call=list_all,
        access=READ,
        summary="List the repositories that registries come from, by the registries' names.",
        query=PageQuery,
        answers=Page[ShownGitSource],
    ),
    Route(
        method="GET",
        path="/registries/{name}/git",
        name="show_git_source",
        call=show,
        access=READ,
        summary="Show the repository that a registry comes from.",
        answers=ShownGitSource,
        is_conditional=True,
    ),
    Route(
        method="PUT",
        path="/registries/{name}/git",
        name="put_git_source",
        call=put,
        access=SET_SECRETS,
        summary="Have a registry come from a repository, by poll and by signed webhook.",
        description="Whoever pushes there may use the tenant's secrets from then on: that needs the scope `secrets`.",
        body=WantedGitSource,
        answers=ShownGitSource,
        is_conditional=True,
        example={"url": "https://git.example.com/shop/connectors.git", "branch": "main", "poll_seconds": 300},
        example_path={"name": "example-git"},
    ),
    Route(
        method="DELETE",
        path="/registries/{name}/git",
        name="delete_git_source",
        call=delete,
        access=SET_SECRETS,
        summary="Sync no more from the repository; what came from there stays.",
        is_conditional=True,
    ),
    Route(
        method="POST",
        path="/registries/{name}/sync",
        name="sync_registry",
        call=sync,
        access=WRITE,
        summary="Look at the repository now, also for a commit that was seen before, and tell what became of it.",
        answers=ShownGitSource,
    ),
)
