"""Problems as a person reads them: the place, the reason, and what would be right."""

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape

from widget_service.cli.output import one_line
from widget_service.connectors.problems import Problem

_COLOURS = {"error": "red", "warning": "yellow"}


def print_problems(console: Console, source: str, problems: Iterable[Problem]) -> None:
    """Print every problem of ``source`` (a file), errors first."""
    for problem in sorted(problems, key=lambda problem: problem.severity != "error"):
        colour = _COLOURS[problem.severity]
        position = f":{problem.line}:{problem.column or 1}" if problem.line else ""
        subject = f"  [dim]({_shown(problem.subject)})[/dim]" if problem.subject else ""
        console.print(
            f"[{colour}]{problem.severity:7}[/{colour}] [bold]{_shown(source)}{position}[/bold] "
            f"{_shown(problem.path)}{subject}",
            soft_wrap=True,
        )
        console.print(f"        {_shown(problem.message)}", soft_wrap=True)
        if problem.expected:
            console.print(f"        [green]→[/green] {_shown(problem.expected)}", soft_wrap=True)


def _shown(text: str) -> str:
    return escape(one_line(text))


def count_of(problems: Iterable[Problem]) -> str:
    """Return such as ``2 errors, 1 warning``, or ``no problems``."""
    severities = [problem.severity for problem in problems]
    parts = [
        f"{number} {severity}{'s' if number != 1 else ''}"
        for severity in ("error", "warning")
        if (number := severities.count(severity))
    ]
    return ", ".join(parts) or "no problems"
