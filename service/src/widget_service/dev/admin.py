"""Where the admin pages of development mode are, and who logs in there."""

import contextlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from widget_service.dev.config import STATE_DIR
from widget_service.identity.passwords import new_password
from widget_service.serving import StopSignal
from widget_service.settings import Settings

FILE_NAME: Final = "admin-password"
MAX_PORT: Final = 65535
_OWN: Final[dict[str, Any]] = {
    "database_url": None,
    "master_key": None,
    "master_key_file": None,
    "cache_url": None,
    "admin_url": None,
}


def dev_admin_settings(settings: Settings, repo: Path) -> Settings:
    """Return the settings of the admin pages: what they keep lies in the repository's state, whatever is set."""
    own = {**_OWN, "data_dir": repo / STATE_DIR}
    if settings.admin_port == settings.port and "admin_port" not in settings.model_fields_set:
        own["admin_port"] = settings.port + 1 if settings.port < MAX_PORT else settings.port - 1
    return settings.model_copy(update=own)


def dev_admin_password(repo: Path) -> str:
    """Return the password of the repository's admin, made on first use, for its owner alone."""
    file = repo / STATE_DIR / FILE_NAME
    with contextlib.suppress(FileNotFoundError):
        return file.read_text(encoding="utf-8").strip()
    password = new_password()
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(password + "\n")
    return password


def run_dev_admin(
    repo: Path, host_map: Mapping[str, str], settings: Settings, stop: StopSignal, listening: socket.socket
) -> None:
    """Serve the admin pages until ``stop``; what a process of its own runs."""
    from widget_service.dev.admin_pages import serve_repository

    serve_repository(repo, host_map, settings, stop, listening)
