"""The widgets that ``serve`` hosts: those of one folder, read again when it changes."""

import asyncio
from pathlib import Path

import structlog

from widget_service.dev.watch import RepositoryWatcher
from widget_service.egress import UpstreamClient
from widget_service.identity.origins import OriginPolicy
from widget_service.widgets.hosting.hosted import HostedRepository

log = structlog.get_logger("widget_service.serve")


class ServedWidgets:
    """Hosts a repository's widgets under every host name of the service; what is wrong with it goes to the log."""

    def __init__(self, repo: Path, client: UpstreamClient) -> None:
        repo = repo.resolve()
        self._hosted = HostedRepository(repo, client=client, origins=OriginPolicy())
        self._watcher = RepositoryWatcher(repo, self._on_change)
        self.routes, self.stop = self._hosted.routes, self._watcher.stop

    async def start(self) -> None:
        """Tell what is hosted, and begin to watch."""
        self._tell()
        await self._watcher.start()

    async def _on_change(self, changed: set[Path]) -> None:
        if await asyncio.to_thread(self._hosted.refresh, changed):
            self._tell()

    def _tell(self) -> None:
        state, theme = self._hosted.extensions.state, self._hosted.theme.theme
        for problem in (*state.problems, *theme.problems):
            tell = log.error if problem.is_error else log.warning
            tell("widgets.problem", path=problem.path, subject=problem.subject, problem=problem.message)
        runnable = [type_ for type_, widget in state.widgets.items() if widget.is_runnable]
        log.info("widgets.hosted", widgets=runnable)
