"""Registries from git repositories: said by admins, and synced whole or not at all, with a report of the last time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from widget_service.control.plane import ControlPlane
from widget_service.control.registries import Sync, apply_source
from widget_service.control.registry_source import Source, SyncRefused
from widget_service.control.values import secret_value
from widget_service.registry.git.fetching import CannotFetch, Fetched, GitFetcher
from widget_service.registry.git.pushes import HookKind
from widget_service.registry.git.repository import GitRepository, WrongRepository
from widget_service.storage import git_sources, registries, tenants, values
from widget_service.storage.actors import Actor, Who
from widget_service.storage.changes import Read
from widget_service.storage.errors import Conflict, InvalidValue, StorageError
from widget_service.storage.git_sources import GitSource
from widget_service.storage.names import check_registry_id
from widget_service.storage.values import Secret
from widget_service.vault import VaultError

MIN_POLL_S: Final = 30
MAX_POLL_S: Final = 24 * 3600
Check = Callable[[GitSource | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGitSource:
    """What an admin says of a repository; ``token_secret`` and ``webhook_secret`` are names of secrets."""

    url: str
    branch: str = "main"
    folder: str = ""
    token_secret: str | None = None
    webhook_secret: str | None = None
    webhook_kind: HookKind = "signed"
    poll_s: int = 300
    moved: bool = False


def any_state(_: GitSource | None) -> None:
    """The check of who does not mind what is there."""


def list_git_sources(plane: ControlPlane, tenant_id: str) -> list[GitSource]:
    """Return the repositories of the tenant, by the registries' names; raise `NotFound`."""
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        return git_sources.of_tenant(read, tenant_id)


def get_git_source(plane: ControlPlane, tenant_id: str, registry_id: str) -> GitSource:
    """Return that of a registry; raise `NotFound`."""
    with plane.database.read() as read:
        tenants.get(read, tenant_id)
        return git_sources.get(read, tenant_id, registry_id)


def put_git_source(
    plane: ControlPlane,
    tenant_id: str,
    registry_id: str,
    wanted: NewGitSource,
    *,
    actor: Who,
    check: Check = any_state,
) -> GitSource:
    """Have a registry come from a repository. Raises `InvalidValue`, and `Conflict` where it came from elsewhere.

    Whoever pushes there may use the tenant's secrets from then on: the actor must have that right.
    """
    check_registry_id(registry_id)
    repository = _repository(plane, wanted)
    if not MIN_POLL_S <= wanted.poll_s <= MAX_POLL_S:
        raise InvalidValue(f"A repository is looked at every {MIN_POLL_S} to {MAX_POLL_S} seconds.")
    with plane.database.change(actor=actor, action="git-source.set", tenant_id=tenant_id) as change:
        tenants.get(change, tenant_id)
        before = git_sources.find(change, tenant_id, registry_id)
        check(before)
        known = registries.find(change, tenant_id, registry_id)
        if before is None and known is not None and not wanted.moved:
            raise Conflict(
                f"The registry '{registry_id}' comes from {known.source}; say moved to have it come from git."
            )
        _check_secrets(change, tenant_id, wanted, repository)
        columns: dict[str, Any] = {
            "url": repository.url,
            "branch": repository.branch,
            "folder": repository.folder,
            "token_secret": wanted.token_secret,
            "webhook_secret": wanted.webhook_secret,
            "webhook_kind": wanted.webhook_kind,
            "poll_s": wanted.poll_s,
        }
        change.summary = {"registry": registry_id, **columns}
        return git_sources.put(change, tenant_id, registry_id, **columns)


def remove_git_source(
    plane: ControlPlane, tenant_id: str, registry_id: str, *, actor: Who, check: Check = any_state
) -> None:
    """Sync no more; what came from there stays. Raises `NotFound`."""
    with plane.database.change(actor=actor, action="git-source.rm", tenant_id=tenant_id) as change:
        check(git_sources.get(change, tenant_id, registry_id))
        git_sources.delete(change, tenant_id, registry_id)
        change.summary = {"registry": registry_id}


async def sync_git_source(
    plane: ControlPlane, fetcher: GitFetcher, tenant_id: str, registry_id: str, *, anyway: bool = False
) -> GitSource:
    """Look at the repository, apply what is new in it, and keep the report; return what there is then.

    ``anyway`` takes a commit up that was seen before. Nothing is applied where an admin has removed the repository, or
    said something else of it, while it was fetched. Raises `NotFound`.
    """
    source, token = await asyncio.to_thread(_begin, plane, tenant_id, registry_id)
    repository = GitRepository(source.url, source.branch, source.folder)
    try:
        if isinstance(token, CannotFetch):
            raise token
        fetched = await fetcher.fetch(repository, token, unless=None if anyway else source.seen)
    except CannotFetch as error:
        outcome: dict[str, Any] = {"state": "failed", "report": {"message": str(error)}}
    else:
        if fetched is None:
            return await asyncio.to_thread(_end, plane, source, {})
        outcome = await asyncio.to_thread(_applied, plane, source, repository, fetched)
    return await asyncio.to_thread(_end, plane, source, outcome)


def _repository(plane: ControlPlane, wanted: NewGitSource) -> GitRepository:
    insecure = plane.settings.allow_insecure_upstreams
    try:
        return GitRepository.checked(wanted.url, wanted.branch, wanted.folder, allow_insecure=insecure)
    except WrongRepository as error:
        raise InvalidValue(str(error)) from None


def _check_secrets(read: Read, tenant_id: str, wanted: NewGitSource, repository: GitRepository) -> None:
    for name in (wanted.token_secret, wanted.webhook_secret):
        if name is not None and not isinstance(values.find(read, tenant_id, name), Secret):
            raise InvalidValue(f"There is no secret '{name}'; set it first.")
    if wanted.token_secret is not None:
        _check_bound(values.find(read, tenant_id, wanted.token_secret), repository)


def _check_bound(secret: object, repository: GitRepository) -> None:
    if isinstance(secret, Secret) and secret.origins and repository.origin not in secret.origins:
        raise InvalidValue(f"The secret '{secret.name}' is bound to {', '.join(secret.origins)}.")


def _begin(plane: ControlPlane, tenant_id: str, registry_id: str) -> tuple[GitSource, str | CannotFetch | None]:
    """Put the next look off, so that no other process looks now; return the token too, or why there is none."""
    with plane.database.change(actor=_actor(registry_id), action="git-source.look", tenant_id=tenant_id) as change:
        source = git_sources.get(change, tenant_id, registry_id)
        due_at = change.at + timedelta(seconds=source.poll_s)
        git_sources.note(change, tenant_id, registry_id, due_at=due_at)
        return source, _token(plane, change, source)


def _token(plane: ControlPlane, read: Read, source: GitSource) -> str | CannotFetch | None:
    if source.token_secret is None:
        return None
    repository = GitRepository(source.url, source.branch, source.folder)
    try:
        _check_bound(values.find(read, source.tenant_id, source.token_secret), repository)
        value = secret_value(plane, read, source.tenant_id, source.token_secret)
    except (InvalidValue, VaultError) as error:
        return CannotFetch(str(error))
    return CannotFetch(f"There is no secret '{source.token_secret}' any more.") if value is None else value


def _applied(plane: ControlPlane, source: GitSource, repository: GitRepository, fetched: Fetched) -> dict[str, Any]:
    place = Source.of_text(
        source.registry_id, fetched.raw, place=repository.place, kind="git", note=f"commit {fetched.commit}"
    )
    report: dict[str, Any] = {"commit": fetched.commit}
    try:
        sync = apply_source(
            plane,
            source.tenant_id,
            place,
            actor=_actor(source.registry_id),
            moved=True,
            check=lambda _: _check_current(plane, source),
        )
    except SyncRefused as refused:
        problems = [problem.as_dict() for problem in refused.problems]
        report |= {"message": str(refused), "problems": problems}
        return {"state": "refused", "seen": fetched.commit, "report": report}
    except StorageError as error:
        return {"state": "refused", "seen": fetched.commit, "report": {**report, "message": str(error)}}
    return {"state": "applied", "seen": fetched.commit, "report": {**report, **_told(sync)}}


def _check_current(plane: ControlPlane, source: GitSource) -> None:
    """Raise `Conflict` where the repository is not what it was; called while nobody else can change anything."""
    with plane.database.read() as read:
        current = git_sources.find(read, source.tenant_id, source.registry_id)
    if current is None or current.version != source.version:
        raise Conflict("The repository was changed or removed while it was fetched; nothing was applied.")


def _told(sync: Sync) -> dict[str, Any]:
    plan = sync.plan
    counts = {"created": len(plan.created), "updated": len(plan.updated), "deleted": len(plan.deleted)}
    return {"message": "Applied.", **counts, "problems": [problem.as_dict() for problem in sync.problems]}


def _end(plane: ControlPlane, source: GitSource, outcome: dict[str, Any]) -> GitSource:
    """Keep the report, unless an admin has said something else of the repository meanwhile."""
    actor = _actor(source.registry_id)
    with plane.database.change(actor=actor, action="git-source.report", tenant_id=source.tenant_id) as change:
        now: datetime = change.at
        current = git_sources.find(change, source.tenant_id, source.registry_id)
        if current is None:
            return source
        if current.version == source.version:
            git_sources.note(change, source.tenant_id, source.registry_id, checked_at=now, **outcome)
        return git_sources.get(change, source.tenant_id, source.registry_id)


def _actor(registry_id: str) -> Actor:
    """Who pushes may use secrets: that right was asked of who set the repository up."""
    return Actor(f"git:{registry_id}", may_use_secrets=True)
