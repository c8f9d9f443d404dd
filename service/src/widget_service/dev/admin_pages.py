"""The admin pages of development mode: over a database in the repository's state, kept in step with its files."""

import asyncio
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog

from widget_service.admin.app import create_admin_app
from widget_service.admin.server import leave_signals_to_the_service, serve_app
from widget_service.connectors.snapshot import DEFAULT_TENANT
from widget_service.control import registries, values
from widget_service.control.admins import add_admin, list_admins, set_admin
from widget_service.control.logins import is_password_of
from widget_service.control.plane import ControlPlane, control_plane
from widget_service.control.registry_source import SyncRefused
from widget_service.control.setup import FIRST_ADMIN, make_tenant
from widget_service.dev.admin import dev_admin_password
from widget_service.dev.config import dev_config_file, read_dev_config
from widget_service.dev.watch import RepositoryWatcher
from widget_service.logs import configure_logging
from widget_service.serving import StopSignal
from widget_service.settings import Settings
from widget_service.storage.errors import StorageError

ACTOR: Final = "dev"

log = structlog.get_logger("widget_service.dev")


def serve_repository(
    repo: Path, host_map: Mapping[str, str], settings: Settings, stop: StopSignal, listening: socket.socket
) -> None:
    """Serve the admin pages of a repository until ``stop``."""
    leave_signals_to_the_service()
    configure_logging(human=True)
    with control_plane(settings, create=True) as plane:
        _prepare(plane, repo)
        asyncio.run(_serve(plane, repo, host_map, stop, listening))


async def _serve(
    plane: ControlPlane, repo: Path, host_map: Mapping[str, str], stop: StopSignal, listening: socket.socket
) -> None:
    async def on_change(_: set[Path]) -> None:
        await asyncio.to_thread(sync_repository, plane, repo)

    await asyncio.to_thread(sync_repository, plane, repo)
    watcher = RepositoryWatcher(repo, on_change)
    await watcher.start()
    config, _ = read_dev_config(dev_config_file(repo))
    app = create_admin_app(plane, plane.settings, host_map={**config.host_map, **host_map})
    await serve_app(app, stop, listening)
    await watcher.stop()


def _prepare(plane: ControlPlane, repo: Path) -> None:
    make_tenant(plane, ACTOR)
    password = dev_admin_password(repo)
    if not any(admin.name == FIRST_ADMIN for admin in list_admins(plane)):
        add_admin(plane, FIRST_ADMIN, actor=ACTOR, role="owner", password=password)
    elif not is_password_of(plane, FIRST_ADMIN, password):
        set_admin(plane, FIRST_ADMIN, actor=ACTOR, password=password)


def sync_repository(plane: ControlPlane, repo: Path) -> None:
    """Keep in the database what the repository holds, where that has no errors; the terminal tells those."""
    try:
        _sync_values(plane, repo)
        registries.apply_registry(plane, DEFAULT_TENANT, repo, actor=ACTOR, moved=True)
    except SyncRefused:
        log.debug("admin.sync.refused")
    except StorageError as error:
        log.warning("admin.sync.failed", reason=str(error))


def _sync_values(plane: ControlPlane, repo: Path) -> None:
    config, problems = read_dev_config(dev_config_file(repo))
    if problems:
        return
    with plane.database.read() as read:
        secrets = {name: values.secret_value(plane, read, DEFAULT_TENANT, name) for name in config.secrets}
    known = {variable.name: variable.value for variable in values.list_variables(plane, DEFAULT_TENANT)}
    for name, value in config.secrets.items():
        if secrets[name] != value:
            values.set_secret(plane, DEFAULT_TENANT, name, value, actor=ACTOR)
    for name, value in config.variables.items():
        if known.get(name) != value:
            values.set_variable(plane, DEFAULT_TENANT, name, value, actor=ACTOR)
