"""``widget-service dev [REPO]``: run a widget repository on this machine, live."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from widget_service.cli.environment import warn_of_unknown_settings
from widget_service.cli.exit_codes import REFUSED, WRONG_USAGE

if TYPE_CHECKING:
    from widget_service.dev.offline.modes import Mode

DEV_DEFAULTS = {
    "allow_insecure_upstreams": True,
    "session_cookie_secure": False,
    "drain_delay_s": 0,
    "circuit_max_failures": 1_000_000,  # who restarts an API on this machine wants it called at once
}


def dev(
    repo: Annotated[Path, typer.Argument(help="The widget repository.", show_default=True)] = Path("."),
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="HOST=URL", help="Call another origin in a host's place (repeatable)."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.", show_default="8400")] = None,
    admin_port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of the admin pages; 0: none.", show_default="8401, or another"),
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Keep the answers of destinations in REPO/.widget-service/recordings.")
    ] = False,
    replay: Annotated[
        bool, typer.Option("--replay", help="Answer with what was recorded: without network and secrets.")
    ] = False,
    mock: Annotated[
        bool, typer.Option("--mock", help="Answer with REPO/.widget-service/mocks: without network and secrets.")
    ] = False,
) -> None:
    """Develop: show the widgets of a repository with real connectors, reloading what is saved.

    Secrets, variables, mapped hosts and test users come from REPO/.widget-service/dev.toml. Destinations may be
    http and on this machine.
    """
    from widget_service.admin.process import admin_origin, admin_process
    from widget_service.dev.admin import dev_admin_password, dev_admin_settings, run_dev_admin
    from widget_service.dev.app import DevOptions, create_dev_app
    from widget_service.dev.state import make_state_dir
    from widget_service.dev.user_tokens import dev_master_key
    from widget_service.identity.keys import MasterKeyError
    from widget_service.serving import PORT_OPTION, PortTaken, check_port, serve
    from widget_service.settings import SettingsError, load_settings

    if not repo.is_dir():
        _stop(f"{repo} is not a folder; give the folder of a widget repository.", WRONG_USAGE)
    warn_of_unknown_settings()
    options_given = (("host", host), ("port", port), ("admin_port", admin_port))
    given = {name: value for name, value in options_given if value is not None}
    try:
        settings = load_settings(defaults=DEV_DEFAULTS)
        settings = settings.model_copy(update=given)
        options = DevOptions(repo.resolve(), _host_map(map_ or []), _mode(record=record, replay=replay, mock=mock))
        check_port(settings.host, settings.port, PORT_OPTION)  # before anything is begun, and told, in vain
        make_state_dir(options.repo)
        dev_master_key(options.repo)  # made here, where a failure can be told in words
        own = dev_admin_settings(settings, options.repo)
        run_admin = partial(run_dev_admin, options.repo, options.host_map)
        with admin_process(own, run_admin, or_another="admin_port" not in settings.model_fields_set) as own:
            if own.admin_port:
                password = dev_admin_password(options.repo)
                typer.echo(f"\n  admin       {admin_origin(own)}/admin/   admin / {password}")
                options = replace(options, admin=own)
            serve(create_dev_app, options, settings, settings=settings)
    except (SettingsError, MasterKeyError, PortTaken) as error:
        _stop(str(error), REFUSED)
    except OSError as error:
        _stop(f"{error.filename or repo}: {error.strerror}; dev keeps its state in REPO/.widget-service/.", REFUSED)


def _mode(**chosen: bool) -> "Mode":
    from widget_service.dev.offline.modes import Mode

    names = [name for name, is_chosen in chosen.items() if is_chosen]
    if len(names) > 1:
        _stop(f"{' and '.join(f'--{name}' for name in names)} exclude each other; choose one.", WRONG_USAGE)
    return Mode(names[0]) if names else Mode.LIVE


def _host_map(entries: list[str]) -> dict[str, str]:
    from widget_service.dev.config import check_mapping

    mapped = {}
    for entry in entries:
        host, separator, origin = entry.partition("=")
        try:
            if not separator:
                raise ValueError("there is no '='")
            mapped[host.strip().lower()] = check_mapping(host.strip(), origin.strip())
        except ValueError as error:
            _stop(f"--map {host}: {error}; write --map api.example.com=http://127.0.0.1:9000", WRONG_USAGE)
    return mapped


def _stop(message: str, code: int) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(code)
