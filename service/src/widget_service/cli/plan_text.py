"""A plan as a person reads it: what is created, updated field by field, and deleted, then how many of each."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from widget_service.cli.differences import difference_lines
from widget_service.cli.output import counted, one_line
from widget_service.connectors.compiling_composites import compile_composite
from widget_service.connectors.definition import CompositeDefinition
from widget_service.execution.composite.drawing import drawing_of
from widget_service.registry.sync import Definition, Kind, Plan, Update

_STYLES = {"+": "green", "-": "red", "~": "yellow", "@": "cyan", " ": "dim"}
_DOING = ("to create", "to update", "to delete")
_DONE = ("created", "updated", "deleted")


def print_plan(console: Console, plan: Plan) -> None:
    """Print what the plan changes."""
    for line in plan_lines(plan):
        console.print(line, soft_wrap=True)


def plan_lines(plan: Plan) -> Iterator[Text]:
    """Yield the lines of the plan, with the colours that a terminal shows."""
    width = max((len(each.permalink) for each in _all(plan)), default=0)
    for definition in plan.created:
        yield _line("+", f"+ {definition.permalink:{width}}  {request_of(definition)}")
        yield from _steps(definition, plan)
    for update in plan.updated:
        yield _line("~", f"~ {update.after.permalink:{width}}  {request_of(update.after)}")
        yield from _fields(update)
        yield from _steps(update.after, plan)
    for definition in plan.deleted:
        yield _line("-", f"- {definition.permalink:{width}}  {request_of(definition)}")


def summary_of(plan: Plan, registry_id: str, *, done: bool) -> str:
    """Return one line: ``Registry 'shop': 1 to create, 2 to update, 1 to delete, 7 unchanged.``"""
    if plan.is_empty:
        return f"Registry '{registry_id}': nothing to change, {counted(plan.unchanged, 'definition')} as stored."
    numbers = (len(plan.created), len(plan.updated), len(plan.deleted))
    parts = [f"{number} {what}" for number, what in zip(numbers, _DONE if done else _DOING, strict=True) if number]
    return f"Registry '{registry_id}': {', '.join([*parts, f'{plan.unchanged} unchanged'])}."


def request_of(definition: Definition) -> str:
    """Return what a definition calls: method and URL, or how many steps."""
    raw = definition.raw
    if definition.kind is Kind.COMPOSITE:
        return f"composite of {counted(len(raw.get('steps') or ()), 'step')}"
    return one_line(f"{raw.get('method') or 'GET'} {raw.get('url')}")


def _all(plan: Plan) -> list[Definition]:
    return [*plan.created, *(update.after for update in plan.updated), *plan.deleted]


def _fields(update: Update) -> Iterator[Text]:
    for change in update.changes:
        yield Text(f"    {one_line(change.path)}", style="bold")
        for mark, text in difference_lines(change):
            yield _line(mark, f"      {text}" if mark == "@" else f"      {mark} {text}")


def _steps(definition: Definition, plan: Plan) -> Iterator[Text]:
    """Draw a composite: which of its steps run at the same time, and which wait."""
    if definition.kind is not Kind.COMPOSITE:
        return
    composite = compile_composite(CompositeDefinition.model_validate(dict(definition.raw)))
    for line in drawing_of(composite.steps, plan.methods.get):
        yield _line(" ", f"    {one_line(line)}")


def _line(mark: str, text: str) -> Text:
    return Text(text, style=_STYLES[mark])
