"""``widget-service serve``: serve the connectors of the database."""

import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from widget_service.cli.environment import warn_of_unknown_settings
from widget_service.cli.exit_codes import REFUSED

if TYPE_CHECKING:
    from widget_service.control.plane import ControlPlane
    from widget_service.settings import Settings


def serve(
    config: Annotated[Path | None, typer.Option("--config", help="A TOML file with settings.")] = None,
) -> None:
    """Serve widgets and callers, with settings from the environment or --config FILE, until SIGTERM or Ctrl-C."""
    from widget_service.admin.process import admin_origin, admin_process, run_admin
    from widget_service.serve.app import create_serve_app
    from widget_service.serving import PortTaken
    from widget_service.serving import serve as run
    from widget_service.settings import SettingsError, load_settings
    from widget_service.storage.errors import StorageError
    from widget_service.telemetry.board import board
    from widget_service.vault import VaultError

    warn_of_unknown_settings()
    try:
        settings = load_settings(file=config)
        _check(settings)
        with board(settings.metrics_token is not None) as folder, admin_process(settings, partial(run_admin, folder)):
            typer.echo(f"Widget Service on http://{settings.host}:{settings.port}", err=True)
            if settings.admin_port:
                typer.echo(f"Admin pages on {admin_origin(settings)}/admin/", err=True)
            run(partial(create_serve_app, board=folder), settings, settings=settings)
    except (SettingsError, StorageError, VaultError, PortTaken) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from None


def _check(settings: "Settings") -> None:
    """Tell what is wrong here, in words, and not by a worker; raise `StorageError` and `VaultError`."""
    from widget_service.control.directories import check_tenants
    from widget_service.control.kept import open_kept
    from widget_service.control.plane import control_plane, read_master_keys
    from widget_service.storage.errors import DatabaseUnavailable

    try:
        with control_plane(settings) as plane:
            check_tenants(plane)
            _tell_unreachable(plane)
    except DatabaseUnavailable as error:
        kept = open_kept(settings, read_master_keys(settings))
        if kept is None:
            raise
        with contextlib.closing(kept.plane.database):
            check_tenants(kept.plane)
        typer.echo(
            f"{error}\nUntil it is there, calls are executed from the last snapshot, of revision "
            f"{kept.stamp.revision}, written at {kept.written_at:%Y-%m-%d %H:%M:%S} UTC; changes are refused.",
            err=True,
        )


def _tell_unreachable(plane: "ControlPlane") -> None:
    from widget_service.control.tenants import unreachable_tenants

    for tenant in unreachable_tenants(plane):
        typer.echo(
            f"Nothing leads to the tenant {tenant}: list a host name of it, by widget-service tenants set "
            f"{tenant} --host HOST, or set PUBLIC_URL.",
            err=True,
        )
