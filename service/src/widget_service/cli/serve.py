"""``widget-service serve``: serve the connectors of the database."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from widget_service.cli.environment import warn_of_unknown_settings
from widget_service.cli.exit_codes import REFUSED


def serve(
    config: Annotated[Path | None, typer.Option("--config", help="A TOML file with settings.")] = None,
) -> None:
    """Serve widgets and callers, with settings from the environment or --config FILE, until SIGTERM or Ctrl-C."""
    from widget_service.admin.process import admin_origin, admin_process, run_admin
    from widget_service.control.directories import check_tenants
    from widget_service.control.plane import control_plane
    from widget_service.control.tenants import unreachable_tenants
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
        with control_plane(settings) as plane:
            check_tenants(plane)  # what is wrong is told here, in words, and not by a worker
            for tenant in unreachable_tenants(plane):
                typer.echo(
                    f"Nothing leads to the tenant {tenant}: list a host name of it, by widget-service tenants set "
                    f"{tenant} --host HOST, or set PUBLIC_URL.",
                    err=True,
                )
        with board(settings.metrics_token is not None) as folder, admin_process(settings, partial(run_admin, folder)):
            typer.echo(f"Widget Service on http://{settings.host}:{settings.port}", err=True)
            if settings.admin_port:
                typer.echo(f"Admin pages on {admin_origin(settings)}/admin/", err=True)
            run(partial(create_serve_app, board=folder), settings, settings=settings)
    except (SettingsError, StorageError, VaultError, PortTaken) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from None
