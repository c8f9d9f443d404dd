"""Watching a repository: a saved file is served within a second."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import structlog
from watchfiles import Change, awatch

from widget_service.dev.config import FILE_NAME, STATE_DIR
from widget_service.widgets.theme import THEME_NAME

IGNORED_DIRECTORIES = frozenset({".git", ".hg", ".venv", "__pycache__", "node_modules", ".idea", ".vscode"})

FILES_OF_REPOSITORIES = (
    "connectors_registry.json",
    "extensions_registry.json",
    "widget_registry.json",
    f"{STATE_DIR}/{FILE_NAME}",
)

LOOK_EVERY_MS = 500
LOOK_FIRST_MS = 100
PAUSE_S = 0.2

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
        """Watch the folder, and after it the one that takes its place: a watch ends with its folder, without a word."""
        is_new = False
        while not self._stop.is_set():
            folder = _identity(self._repo)
            if folder is None:
                await self._pause()
            else:
                await self._watch_folder(folder, is_new=is_new)
            is_new = True

    async def _watch_folder(self, folder: tuple[int, int], *, is_new: bool) -> None:
        """Tell of changes until the folder is gone, or another stands in its place; of a new one, all is a change."""
        changes = awatch(
            self._repo,
            watch_filter=self._is_watched,
            debounce=100,
            step=20,
            stop_event=self._stop,
            rust_timeout=LOOK_FIRST_MS if is_new else LOOK_EVERY_MS,
            yield_on_timeout=True,
        )
        try:
            async for batch in changes:
                if is_new:  # told once the watch is on, so that nothing is saved between the two
                    is_new = False
                    await self._tell({self._repo, *(self._repo / name for name in FILES_OF_REPOSITORIES)})
                if (Change.deleted, str(self._repo)) in batch or _identity(self._repo) != folder:
                    return
                if batch:
                    await self._tell({Path(path) for _, path in batch})
        except FileNotFoundError:
            return  # it went away before the watch began

    async def _tell(self, changed: set[Path]) -> None:
        try:
            await self._on_change(changed)
        except Exception:
            log.error("watch.failed", exc_info=True)

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), PAUSE_S)

    def _is_watched(self, change: Change, path: str) -> bool:
        parts = Path(path).relative_to(self._repo).parts
        if STATE_DIR in parts:
            return parts in ((STATE_DIR, FILE_NAME), (STATE_DIR, THEME_NAME))
        return not IGNORED_DIRECTORIES.intersection(parts)


def _identity(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from another one of its name; None where there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
