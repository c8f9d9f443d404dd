"""``REPO/.widget-service``: what development mode keeps beside a repository, and keeps out of its commits."""

from contextlib import suppress
from pathlib import Path
from typing import Final

from widget_service.dev.config import STATE_DIR

IGNORE_NAME: Final = ".gitignore"
_IGNORED: Final = """\
# Written once by widget-service dev: keys, secrets and test users stay on this machine.
/*
!/recordings/
!/mocks/
"""


def make_state_dir(repo: Path) -> None:
    """Make the folder, and have git ignore all in it but recordings and mocks; a file of the developer's own stays.

    Raises ``OSError`` where the folder cannot be written.
    """
    folder = repo / STATE_DIR
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError), (folder / IGNORE_NAME).open("x", encoding="utf-8") as file:
        file.write(_IGNORED)
