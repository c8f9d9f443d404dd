"""Looking at git repositories in the background: those that are due, one after the other, and at once when told to."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Final

import structlog

from widget_service.control.git_sources import sync_git_source
from widget_service.control.plane import ControlPlane
from widget_service.egress import EgressPolicy, UpstreamClient
from widget_service.registry.git.fetching import GitFetcher
from widget_service.storage import git_sources
from widget_service.storage.errors import StorageError
from widget_service.storage.git_sources import GitSource
from widget_service.vault import VaultError

log = structlog.get_logger("widget_service.admin")

LOOK_EVERY_S: Final = 5.0
ACTOR: Final = "service"


class GitSyncing:
    """The repositories of an installation. ``host_map`` is as in development mode."""

    def __init__(
        self, plane: ControlPlane, host_map: Mapping[str, str] | None = None, *, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._plane, self._host_map, self._look_every_s = plane, host_map or {}, look_every_s
        self._told = asyncio.Event()
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run())

    async def aclose(self) -> None:
        """Look no more; what is under way is broken off."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def sync(self, tenant_id: str, registry_id: str, *, anyway: bool = False) -> GitSource:
        """Look at one now and return what became of it; raise `NotFound`."""
        async with self._lock:
            settings = self._plane.settings
            policy = EgressPolicy(
                allow_insecure=settings.allow_insecure_upstreams,
                allowed_private_networks=settings.allowed_private_networks,
                host_map=self._host_map,
            )
            client = UpstreamClient(policy)
            try:
                return await sync_git_source(self._plane, GitFetcher(client), tenant_id, registry_id, anyway=anyway)
            finally:
                await client.aclose()

    async def soon(self, tenant_id: str, registry_id: str) -> None:
        """Have one looked at next, in the background."""
        await asyncio.to_thread(self._make_due, tenant_id, registry_id)
        self._told.set()

    def _make_due(self, tenant_id: str, registry_id: str) -> None:
        with self._plane.database.change(actor=ACTOR, action="git-source.due", tenant_id=tenant_id) as change:
            git_sources.note(change, tenant_id, registry_id, due_at=change.at)

    async def _run(self) -> None:
        while True:
            try:
                for tenant_id, registry_id in await asyncio.to_thread(self._due):
                    source = await self.sync(tenant_id, registry_id)
                    log.info("git.synced", tenant=tenant_id, registry=registry_id, state=source.state)
            except (StorageError, VaultError) as error:
                log.warning("git.sync.failed", reason=str(error))
            except Exception:
                log.error("git.sync.failed", exc_info=True)
            self._told.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), self._look_every_s)

    def _due(self) -> list[tuple[str, str]]:
        with self._plane.database.read() as read:
            return git_sources.due(read, self._plane.database.now())
