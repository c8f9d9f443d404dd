"""``widget-service new``: begin a widget or a connector, in the public layout, overwriting nothing."""

import shutil
import subprocess
from pathlib import Path
from typing import Annotated, Literal

import typer

from widget_service.cli.exit_codes import REFUSED, WRONG_USAGE
from widget_service.cli.usage import Commands

app = Commands(name="new", help="Begin a widget or a connector in a repository.", no_args_is_help=True)

Repo = Annotated[Path, typer.Option("--repo", help="The widget repository.", show_default="this folder")]


@app.command()
def widget(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The widget's type, such as acme_plants.")],
    template: Annotated[
        Literal["html", "vanilla", "react", "vue"], typer.Option(help="Its form; react and vue are built with npm.")
    ] = "html",
    repo: Repo = Path("."),
    install: Annotated[
        bool, typer.Option("--install/--no-install", help="Run npm install and npm run build, where npm builds it.")
    ] = True,
) -> None:
    """Write a widget's files and add it to extensions_registry.json."""
    from widget_service.scaffold.beginning import NotBegun, begin_widget
    from widget_service.scaffold.files import Form
    from widget_service.scaffold.merging import UnusableRegistry

    form = Form(template)
    _check_folder(repo)
    if form.is_built and install and shutil.which("npm") is None:
        _stop(f"A {template} widget is built with npm, which is not there; install node, or add --no-install.", REFUSED)
    try:
        begun = begin_widget(repo, name, form)
    except (NotBegun, UnusableRegistry) as error:
        _stop(str(error), REFUSED)
    except OSError as error:
        _stop(f"{error.filename or repo}: {error.strerror}.", REFUSED)
    _tell(repo, begun.created, begun.changed)
    if form.is_built:
        _build(repo, name, install=install)
    typer.echo(f"See it with: widget-service dev {repo}")


@app.command()
def connector(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name; the permalink is made of it.")],
    url: Annotated[str, typer.Option(help="The destination.")] = "https://api.example.com/v1/things",
    method: Annotated[
        Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], typer.Option(help="How it is called.")
    ] = "GET",
    repo: Repo = Path("."),
) -> None:
    """Add a connector to connectors_registry.json, and write a mock of its answer."""
    from widget_service.scaffold.beginning import NotBegun, begin_connector
    from widget_service.scaffold.merging import UnusableRegistry

    _check_folder(repo)
    try:
        begun = begin_connector(repo, name, url=url, method=method)
    except (NotBegun, UnusableRegistry) as error:
        _stop(str(error), REFUSED)
    except OSError as error:
        _stop(f"{error.filename or repo}: {error.strerror}.", REFUSED)
    _tell(repo, begun.created, begun.changed)
    typer.echo(f'A widget calls it with: sdk.connectors.execute({{ permalink: "{begun.name}", method: "{method}" }})')
    typer.echo(f"Try it without the API: widget-service dev {repo} --mock")


def _build(repo: Path, name: str, *, install: bool) -> None:
    folder = repo / "widgets" / name
    commands = (["npm", "install", "--no-audit", "--no-fund"], ["npm", "run", "build"])
    if not install:
        typer.echo(f"Build it in {folder} with: npm install && npm run build")
        return
    for command in commands:
        typer.echo(f"Running {' '.join(command)} in {folder} …")
        if subprocess.run(command, cwd=folder).returncode != 0:  # noqa: S603 - npm, as it was asked for
            _stop(
                f"{' '.join(command)} failed; the files stay, so run it again in {folder} once that is mended.", REFUSED
            )


def _tell(repo: Path, created: list[Path], changed: Path) -> None:
    for file in created:
        typer.echo(f"created  {file.relative_to(repo)}")
    typer.echo(f"changed  {changed.relative_to(repo)}")


def _check_folder(repo: Path) -> None:
    if not repo.is_dir():
        _stop(f"{repo} is not a folder; give the folder of a widget repository.", WRONG_USAGE)


def _stop(message: str, code: int) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(code)
