"""``widget-service execute PERMALINK``: run one connector in this process, as a call from outside would be run."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from widget_service.cli.exit_codes import REFUSED
from widget_service.cli.options import DEFAULT_TENANT, Config, Json, Tenant, Token, Url
from widget_service.cli.output import print_json
from widget_service.cli.refusals import opened, refusals, wrong_usage

if TYPE_CHECKING:
    from widget_service.control.trial import Trial, Trials
    from widget_service.identity.users import User

Pairs = list[str] | None


def execute(
    permalink: Annotated[str, typer.Argument(metavar="PERMALINK")],
    method: Annotated[
        str | None, typer.Option("--method", help="Method of the call.", show_default="the connector's own")
    ] = None,
    query: Annotated[Pairs, typer.Option("--query", metavar="K=V", help="Query parameter (repeatable).")] = None,
    path_parameters: Annotated[
        Pairs, typer.Option("--path-param", metavar="K=V", help="Path parameter (repeatable).")
    ] = None,
    headers: Annotated[Pairs, typer.Option("--header", metavar="K=V", help="Header (repeatable).")] = None,
    payload: Annotated[str | None, typer.Option("--payload", metavar="JSON|@FILE", help="Body; @- reads it.")] = None,
    user: Annotated[
        str | None,
        typer.Option("--user", metavar="JSON", help="Who calls; an id of dev.toml with --repo.", show_default="nobody"),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show every stage, the request and where each value came from.")
    ] = False,
    repo: Annotated[
        Path | None, typer.Option("--repo", help="Take everything from a repository and its dev.toml, as dev does.")
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    config: Config = None,
    url: Url = None,
    token: Token = None,
    json_: Json = False,
) -> None:
    """Execute a connector in this process and print the answer; exit with 1 if it is an error.

    With --explain, --json and --url, secrets are masked in all that is printed.
    """
    import asyncio

    from widget_service.cli.trial_call import pairs, payload_of, user_of, with_content_type
    from widget_service.control.trial import TrialCall

    if repo is not None and tenant != DEFAULT_TENANT:
        wrong_usage("--tenant and --repo exclude each other: a repository has no tenants.")
    with refusals():
        body = payload_of(payload)
    call_headers, call_query = pairs("--header", headers), pairs("--query", query)
    call_path = pairs("--path-param", path_parameters)
    if url is not None:
        from widget_service.cli.remote_execute import execute_there

        if repo is not None:
            wrong_usage("--url and --repo exclude each other: a running service has its own connectors.")
        named, sent = method.upper() if method else None, with_content_type(call_headers, body)
        call = TrialCall(permalink, named, call_query, call_path, sent, body, user_of(user))
        _tell_report(execute_there(call, tenant, url, token), explain=explain, json_=json_)
        return
    place = _of_repository(repo, config) if repo is not None else _of_database(tenant, config)
    with place as (trials, users):
        call = TrialCall(
            permalink,
            method.upper() if method else None,
            call_query,
            call_path,
            with_content_type(call_headers, body),
            body,
            user_of(user, users),
        )
        with _logs_on_stderr():
            trial = asyncio.run(trials.run(call))
    _tell(trial, explain=explain, json_=json_)


@contextmanager
def _of_database(tenant: str, config: Path | None) -> Iterator[tuple["Trials", Iterable["User"]]]:
    from widget_service.control.snapshots import SnapshotSource
    from widget_service.control.token_store import SharedTokenStores
    from widget_service.control.trial import Trials

    with opened(config) as plane:
        shared = SharedTokenStores(plane, plane.settings)
        yield Trials(plane.settings, SnapshotSource(plane, tenant).read(), shared=shared), ()


@contextmanager
def _of_repository(repo: Path, config: Path | None) -> Iterator[tuple["Trials", Iterable["User"]]]:
    """What has an error is told and left out, as in development mode."""
    from rich.console import Console

    from widget_service.cli.problems import print_problems
    from widget_service.connectors.snapshot import build_snapshot
    from widget_service.control.trial import Trials
    from widget_service.dev.config import dev_config_file
    from widget_service.dev.workspace import REGISTRY_NAME, read_repository
    from widget_service.settings import load_settings

    if not repo.is_dir():
        wrong_usage(f"{repo} is not a folder; give the folder of a widget repository.")
    with refusals():
        settings = load_settings(file=config, defaults={"allow_insecure_upstreams": True})
    reading = read_repository(repo, settings)
    console = Console(highlight=False, stderr=True)
    print_problems(console, str(dev_config_file(repo)), reading.config_problems)
    print_problems(console, str(repo / REGISTRY_NAME), [p for p in reading.registry_problems if p.is_error])
    values = reading.config
    snapshot = build_snapshot(
        reading.report.connectors,
        secrets=values.secrets,
        variables=values.variables,
        composites=reading.report.composites,
    )
    yield Trials(settings, snapshot, values.host_map), values.users


def _tell(trial: "Trial", *, explain: bool, json_: bool) -> None:
    from widget_service.control.trial_report import report_of

    report = report_of(trial)
    if not (explain or json_):
        _print_body(trial, masked=report["body"])
    _tell_report(report, explain=explain, json_=json_, body=explain or json_)


def _tell_report(report: dict[str, Any], *, explain: bool, json_: bool, body: bool = True) -> None:
    from widget_service.cli.trial_text import report_lines

    if json_:
        print_json(report)
    elif explain:
        for line in report_lines(report):
            typer.echo(line)
    elif body:
        typer.echo(report["body"])
    error = report["error"]
    if error is not None:
        typer.echo(f"{report['status']} {error['code']}: {error['detail']}".replace(" :", ":"), err=True)
        raise typer.Exit(REFUSED)


def _print_body(trial: "Trial", *, masked: str) -> None:
    """Print the answer as a caller gets it: byte for byte, unless it is a person who reads it."""
    from widget_service.cli.trial_text import readable
    from widget_service.control.trial_report import body_text

    body, text = trial.answer.body or b"", body_text(trial.answer.body or b"", trial.answer.headers)
    if sys.stdout.isatty():
        for line in readable(text):
            typer.echo(line)
    else:
        typer.echo(body, nl=False)
    if text != masked:
        typer.echo("The answer holds a secret that the connector sends: whoever calls it can read it.", err=True)


@contextmanager
def _logs_on_stderr() -> Iterator[None]:
    """Show what the pipeline warns of, for as long as the block lasts."""
    import logging

    import structlog

    from widget_service.logs import configure_logging

    before = structlog.get_config()
    configure_logging(human=True, level=logging.WARNING)
    structlog.configure(cache_logger_on_first_use=False)  # what is cached would outlive the block
    try:
        yield
    finally:
        structlog.configure(**before)
