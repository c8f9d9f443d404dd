"""The steps of a composite as a small drawing: what stands in one column runs at the same time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from widget_service.connectors.compiling_composites import CompiledStep
from widget_service.execution.composite.graph import Needs, needs_of, ranks_of

MARK: Final = "■"
_UNKNOWN: Final = "?"

Methods = Callable[[str], str | None]
"""Tells the method of a stored connector; one that is not known is taken to have side effects."""


@dataclass(frozen=True, slots=True)
class Turn:
    """When a step runs: those of one ``rank`` at the same time; ``told`` is what it waits for, in words."""

    name: str
    method: str
    rank: int
    told: str


def turns_of(steps: Sequence[CompiledStep], method_of: Methods) -> list[Turn]:
    """Return the turn of each step, in their order; one that runs a stored connector has its permalink in its name."""
    methods = [(step.request.method if step.request else method_of(step.connector or "")) or _UNKNOWN for step in steps]
    needs = needs_of(steps, methods)
    names = [step.name if step.request else f"{step.name} ({step.connector})" for step in steps]
    return [
        Turn(name, method, rank, _told(steps, needs, index))
        for index, (name, method, rank) in enumerate(zip(names, methods, ranks_of(needs), strict=True))
    ]


def drawing_of(steps: Sequence[CompiledStep], method_of: Methods) -> list[str]:
    """Return a line for each step: its name and method, a mark in the column of its turn, and what it waits for."""
    turns = turns_of(steps, method_of)
    width = max((len(turn.name) for turn in turns), default=0)
    method_width = max((len(turn.method) for turn in turns), default=0)
    depth = max((turn.rank for turn in turns), default=0) + 1
    return [
        f"{turn.name:{width}}  {turn.method:{method_width}}  {' ' * turn.rank + MARK:{depth}}  {turn.told}".rstrip()
        for turn in turns
    ]


def timeline(spans: Sequence[tuple[float, float]], width: int) -> list[str]:
    """Return a bar for each span of time (start and end, in any unit), in ``width`` columns."""
    first = min((start for start, _ in spans), default=0.0)
    last = max((end for _, end in spans), default=0.0)
    scale = width / ((last - first) or 1.0)
    bars = []
    for start, end in spans:
        before = min(round((start - first) * scale), width - 1)
        bars.append(" " * before + "█" * max(round((end - first) * scale) - before, 1))
    return bars


def _told(steps: Sequence[CompiledStep], needs: Needs, index: int) -> str:
    needed = needs[index]
    parts = []
    if len(needed) == index and index > 1:
        parts.append("after all before it")
    elif needed:
        parts.append("after " + ", ".join(steps[number].name for number in sorted(needed)))
    if steps[index].when is not None:
        parts.append("when its condition holds")
    if steps[index].goes_on:
        parts.append("may fail")
    return ", ".join(parts)
