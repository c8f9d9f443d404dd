"""``widget-service validate PATH…``: check registries; every problem with its place."""

import json
from pathlib import Path
from typing import Annotated

import typer

from widget_service.cli.exit_codes import REFUSED


def validate(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Repository folders or registry files.")],
    json_: Annotated[bool, typer.Option("--json", help="Print the problems as JSON.")] = False,
    allow_insecure: Annotated[
        bool, typer.Option("--allow-insecure-upstreams", help="Admit http and local destinations, as dev does.")
    ] = False,
) -> None:
    """Check registries of connectors and of widgets; exit with 1 if anything is wrong."""
    from rich.console import Console

    from widget_service.cli.problems import count_of, print_problems
    from widget_service.registry.check_path import check_path

    checked = [result for path in paths for result in check_path(path, allow_insecure=allow_insecure)]
    failed = any(problem.severity == "error" for result in checked for problem in result.problems)
    if json_:
        typer.echo(json.dumps([result.as_dict() for result in checked], indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False)
        for result in checked:
            print_problems(console, str(result.file), result.problems)
            mark = "[red]✗[/red]" if result.has_errors else "[green]✓[/green]"
            console.print(f"{mark} {result.file}: {result.summary}, {count_of(result.problems)}", soft_wrap=True)
    if failed:
        raise typer.Exit(REFUSED)
