"""``widget-service doctor``: what is configured, reachable and wrong, and how to mend it."""

import typer

from widget_service.cli.exit_codes import REFUSED
from widget_service.cli.options import Config, Json
from widget_service.cli.output import counted, print_json


def doctor(config: Config = None, json_: Json = False) -> None:
    """Look at everything that the service stands on; exit with 1 if anything is wrong."""
    from widget_service.control.doctor import State, examine

    findings = list(examine(config))
    wrong = sum(finding.state is State.WRONG for finding in findings)
    if json_:
        print_json({"healthy": not wrong, "findings": [finding.as_dict() for finding in findings]})
    else:
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False)
        marks = {State.GOOD: ("✓", "green"), State.NOTE: ("!", "yellow"), State.WRONG: ("✗", "red")}
        for finding in findings:
            mark, colour = marks[finding.state]
            console.print(Text(mark, style=colour), Text(f"{finding.subject}: {finding.message}"), soft_wrap=True)
            if finding.mend:
                console.print(Text("  →", style="green"), Text(finding.mend), soft_wrap=True)
        console.print(f"{counted(wrong, 'thing')} to mend." if wrong else "All is well.", soft_wrap=True)
    if wrong:
        raise typer.Exit(REFUSED)
