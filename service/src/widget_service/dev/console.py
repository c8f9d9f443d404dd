"""What development mode says in the terminal: where things are, what is missing, what changed."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Protocol

from rich.console import Console
from rich.markup import escape

from widget_service.cli.output import counted
from widget_service.cli.problems import print_problems
from widget_service.connectors.compiling import CompiledConnector
from widget_service.connectors.problems import Problem, suggestion
from widget_service.connectors.snapshot import Snapshot
from widget_service.dev.config import FILE_NAME, STATE_DIR, dev_config_file
from widget_service.dev.offline.modes import Mode
from widget_service.dev.workspace import REGISTRY_NAME, Reading
from widget_service.registry.check_path import NO_REGISTRY, registries_of
from widget_service.settings import Settings
from widget_service.widgets.theme import THEME_NAME

_SAID_OF_MODES = {
    Mode.RECORD: f"every answer of a destination is kept in {STATE_DIR}/recordings, without secrets",
    Mode.REPLAY: f"answers come from {STATE_DIR}/recordings: no network, no secrets",
    Mode.MOCK: f"answers come from {STATE_DIR}/mocks: no network, no secrets",
}


class Site(Protocol):
    """What the console wants to know of the widgets."""

    @property
    def problems(self) -> list[Problem]: ...

    @property
    def theme_problems(self) -> list[Problem]: ...

    @property
    def widget_types(self) -> list[str]: ...


class DevConsole:
    """Speaks to the developer at the terminal."""

    def __init__(self, repo: Path, settings: Settings) -> None:
        self._repo, self._settings = repo, settings
        self._console = Console(highlight=False)

    def announce(self, reading: Reading, snapshot: Snapshot, site: Site, mode: Mode = Mode.LIVE) -> None:
        """Say what is served and where, with a call to try."""
        origin = f"http://{self._settings.host}:{self._settings.port}"
        print_ = self._console.print
        print_()
        print_(f"  [bold]Widget Service[/bold] serves [bold]{escape(str(self._repo))}[/bold]")
        print_()
        print_(f"  widgets     [bold cyan]{origin}/preview/[/bold cyan]   {_listed(site.widget_types)}", soft_wrap=True)
        print_(f"  connectors  {_listed(sorted(snapshot.connectors))}", soft_wrap=True)
        example = _example_call(snapshot, origin + self._settings.path_prefix)
        if example:
            print_(f"  try         [green]{escape(example)}[/green]", soft_wrap=True)
        if mode in _SAID_OF_MODES:
            print_(f"  {mode.value:<10}  {_SAID_OF_MODES[mode]}", soft_wrap=True)
        print_()
        self._nothing_here()
        self._problems(reading, site.problems)
        self.theme(site)
        self._missing(snapshot)
        print_("  [dim]Saved files are served at once. Ctrl-C stops.[/dim]")
        print_()

    def _nothing_here(self) -> None:
        if not registries_of(self._repo):
            print_problems(self._console, str(self._repo), [replace(NO_REGISTRY, severity="warning")])
            self._console.print("        [dim]Save one there, or run another folder: widget-service dev FOLDER[/dim]")
            self._console.print()

    def saved(self, changed: set[Path]) -> None:
        """Say that files were saved which mean something here."""
        told = (path for path in changed if not path.name.startswith("."))  # such as what an editor writes first
        if names := sorted(str(path.relative_to(self._repo)) for path in told):
            self._console.print(f"[dim]saved[/dim] {escape(_listed(names))}", soft_wrap=True)

    def extensions(self, site: Site) -> None:
        """Say what is wrong with the widgets now."""
        print_problems(self._console, "extensions_registry.json", site.problems)
        if not any(problem.is_error for problem in site.problems):
            self._console.print(f"[green]✓[/green] {counted(len(site.widget_types), 'widget')} served")

    def theme(self, site: Site) -> None:
        """Say what is wrong with the theme file now."""
        print_problems(self._console, f"{STATE_DIR}/{THEME_NAME}", site.theme_problems)

    def connectors(self, reading: Reading, snapshot: Snapshot) -> None:
        """Say what is served now that the connectors or their values were saved."""
        self._problems(reading, [])
        if reading.errors:
            self._console.print("[yellow]The last good definitions stay served.[/yellow]")
            return
        self._console.print(f"[green]✓[/green] {counted(len(snapshot.connectors), 'connector')} served")
        self._missing(snapshot)

    def _problems(self, reading: Reading, site_problems: list[Problem]) -> None:
        print_problems(self._console, f"{STATE_DIR}/{FILE_NAME}", reading.config_problems)
        print_problems(self._console, REGISTRY_NAME, reading.registry_problems)
        print_problems(self._console, "extensions_registry.json", site_problems)

    def _missing(self, snapshot: Snapshot) -> None:
        lines = missing_lines(snapshot)
        if lines:
            self._console.print(
                f"  [yellow]Missing values.[/yellow] Add to {escape(str(dev_config_file(self._repo)))}:"
            )
            for line in lines:
                self._console.print(f"    {escape(line)}", soft_wrap=True)
            self._console.print()


def missing_lines(snapshot: Snapshot) -> list[str]:
    """Return the lines to add to ``dev.toml`` for the secrets and variables that connectors read and nobody set.

    Each says who reads it. What is set as the other kind cannot be added: then a comment says what to write instead.
    """
    connectors, composites = snapshot.connectors.values(), snapshot.composites.values()
    secrets = {each.permalink: each.secrets for each in connectors}
    secrets |= {each.permalink: each.secrets for each in composites}
    variables = {each.permalink: each.variables for each in connectors}
    variables |= {each.permalink: each.variables for each in composites}
    return [
        *_missing_of("secret", secrets, snapshot.secrets, others=snapshot.variables),
        *_missing_of("variable", variables, snapshot.variables, others=snapshot.secrets),
    ]


def _missing_of(
    kind: str, read: Mapping[str, frozenset[str]], known: Collection[str], *, others: Collection[str]
) -> list[str]:
    """``read`` are the names of this kind that each connector reads, by permalink."""
    missing = sorted(frozenset().union(*read.values()).difference(known))
    lines = []
    for name in missing:
        readers = _listed(sorted(permalink for permalink, names in read.items() if name in names), limit=3)
        if name in others:
            other = "variable" if kind == "secret" else "secret"
            lines.append(f"# '{name}' is a {other}: write get_{other}('{name}') in {readers}")
        else:
            lines.append(f'{name} = "…"  # read by {readers}.{suggestion(name, known)}')
    return [f"[{kind}s]", *lines] if lines else []


def _example_call(snapshot: Snapshot, base: str) -> str:
    """Return a curl line that works: of a GET connector that needs no user and no path parameter."""
    for connector in snapshot.connectors.values():
        if _is_simple(connector, snapshot):
            return f"curl {quote(f'{base}/connectors/{connector.permalink}/execute')}"
    return ""


def _is_simple(connector: CompiledConnector, snapshot: Snapshot) -> bool:
    return (
        connector.method == "GET"
        and not connector.needs_user
        and not connector.url_path_parameters
        and connector.secrets <= snapshot.secrets.keys()
        and connector.variables <= snapshot.variables.keys()
    )


def _listed(names: list[str], limit: int = 6) -> str:
    shown = ", ".join(names[:limit]) or "none"
    return shown + (f" and {len(names) - limit} more" if len(names) > limit else "")
