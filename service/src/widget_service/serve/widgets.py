"""The widgets that ``serve`` hosts: those of one folder, read again when it changes; the host page, if it is wanted."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from widget_service.dev.watch import RepositoryWatcher
from widget_service.egress import UpstreamClient
from widget_service.identity.origins import OriginPolicy
from widget_service.identity.sessions import Sessions
from widget_service.widgets import WidgetSite

log = structlog.get_logger("widget_service.serve")


class ServedWidgets:
    """Hosts a repository's widgets under every host name of the service; what is wrong with it goes to the log.

    With ``has_preview`` the host page is served too, to visitors of the default tenant. ``asked_to_stop`` returns when
    the service is: what open pages listen to ends then.
    """

    def __init__(
        self,
        repo: Path,
        client: UpstreamClient,
        *,
        sessions: Sessions,
        has_preview: bool,
        asked_to_stop: Callable[[], Awaitable[None]],
    ) -> None:
        repo = repo.resolve()
        self._site = WidgetSite(repo, sessions=sessions, client=client, origins=OriginPolicy())
        self._asked_to_stop = asked_to_stop
        self._watcher = RepositoryWatcher(repo, self._on_change)
        self.routes = self._site.routes if has_preview else self._site.hosting_routes

    async def start(self) -> None:
        """Tell what is hosted, and begin to watch."""
        self._tell()
        await self._watcher.start()
        self._ending = asyncio.create_task(self._end_streams())

    async def stop(self) -> None:
        """Stop watching."""
        self._ending.cancel()
        await self._watcher.stop()

    async def _end_streams(self) -> None:
        await self._asked_to_stop()
        await self._site.close()

    async def _on_change(self, changed: set[Path]) -> None:
        if await self._site.reload(changed):
            self._tell()

    def _tell(self) -> None:
        state = self._site.state
        for problem in (*state.problems, *self._site.theme_problems):
            tell = log.error if problem.is_error else log.warning
            tell("widgets.problem", path=problem.path, subject=problem.subject, problem=problem.message)
        runnable = [type_ for type_, widget in state.widgets.items() if widget.is_runnable]
        log.info("widgets.hosted", widgets=runnable)
