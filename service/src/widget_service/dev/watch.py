"""Watching a repository: a saved file is served within a second."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog
from watchfiles import Change, awatch

from widget_service.dev.config import FILE_NAME, STATE_DIR
from widget_service.widgets.theme import THEME_NAME

IGNORED_DIRECTORIES = frozenset({".git", ".hg", ".venv", "__pycache__", "node_modules", ".idea", ".vscode"})

log = structlog.get_logger("widget_service.dev")


class RepositoryWatcher:
    """Calls ``on_change`` with the paths that changed, one batch at a time, until it is stopped."""

    def __init__(self, repo: Path, on_change: Callable[[set[Path]], Awaitable[None]]) -> None:
        self._repo = repo
        self._on_change = on_change
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to watch."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop watching, and wait until nothing is under way."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def _watch(self) -> None:
        changes = awatch(self._repo, watch_filter=self._is_watched, debounce=100, step=20, stop_event=self._stop)
        async for batch in changes:
            try:
                await self._on_change({Path(path) for _, path in batch})
            except Exception:
                log.error("watch.failed", exc_info=True)

    def _is_watched(self, change: Change, path: str) -> bool:
        parts = Path(path).relative_to(self._repo).parts
        if STATE_DIR in parts:
            return parts in ((STATE_DIR, FILE_NAME), (STATE_DIR, THEME_NAME))
        return not IGNORED_DIRECTORIES.intersection(parts)
