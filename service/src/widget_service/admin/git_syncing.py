"""Looking at git repositories in the background: those that are due, a few at a time, and at once when told to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Final
from weakref import WeakValueDictionary

import structlog

from widget_service.control.git_pushes import make_due
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
MAX_AT_ONCE: Final = 4
"""Each may hold a pack in memory, and a child process that unpacks it."""
MAX_AT_ONCE_OF_TENANT: Final = 2
Name = tuple[str, str]
"""A tenant and its registry."""


class Turns:
    """Who may look now: one at a time at each repository, a few of a tenant, and a few of all."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[Name, asyncio.Lock] = WeakValueDictionary()
        self._of_tenants: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._of_all = asyncio.Semaphore(MAX_AT_ONCE)

    @contextlib.asynccontextmanager
    async def of(self, name: Name) -> AsyncIterator[None]:
        """Wait for the turn of a repository; a tenant with slow ones keeps no other waiting."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        of_tenant = self._of_tenants.setdefault(name[0], asyncio.Semaphore(MAX_AT_ONCE_OF_TENANT))
        async with lock, of_tenant, self._of_all:
            yield


class GitSyncing:
    """The repositories of an installation. ``host_map`` is as in development mode."""

    def __init__(
        self, plane: ControlPlane, host_map: Mapping[str, str] | None = None, *, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._plane, self._host_map, self._look_every_s = plane, host_map or {}, look_every_s
        self._told = asyncio.Event()
        self._turns = Turns()
        self._task: asyncio.Task[None] | None = None
        self._looking: dict[Name, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run())

    async def aclose(self) -> None:
        """Look no more; what is under way is broken off."""
        under_way = [task for task in (self._task, *self._looking.values()) if task is not None]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def sync(self, tenant_id: str, registry_id: str, *, anyway: bool = False) -> GitSource:
        """Look at one now and return what became of it; raise `NotFound`."""
        async with self._turns.of((tenant_id, registry_id)):
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
        """Have one looked at next, in the background; however often this is said, it is looked at once."""
        await asyncio.to_thread(make_due, self._plane, tenant_id, registry_id)
        self._told.set()

    async def _run(self) -> None:
        while True:
            try:
                self._begin(await asyncio.to_thread(self._due))
            except StorageError as error:
                log.warning("git.look.failed", reason=str(error))
            except Exception:
                log.error("git.look.failed", exc_info=True)
            self._told.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), self._look_every_s)

    def _begin(self, due: list[Name]) -> None:
        for name in due:
            if name not in self._looking:
                self._looking[name] = asyncio.create_task(self._look(name))

    async def _look(self, name: Name) -> None:
        """What goes wrong with one concerns no other."""
        about = dict(zip(("tenant", "registry"), name, strict=True))
        try:
            source = await self.sync(*name)
            log.info("git.synced", **about, state=source.state)
            self._told.set()  # it may have been pushed to meanwhile
        except (StorageError, VaultError) as error:
            log.warning("git.sync.failed", **about, reason=str(error))
        except Exception:
            log.error("git.sync.failed", **about, exc_info=True)
        finally:
            del self._looking[name]

    def _due(self) -> list[Name]:
        with self._plane.database.read() as read:
            return git_sources.due(read, self._plane.database.now())
