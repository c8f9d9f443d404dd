"""The steps of a composite as a small drawing: what stands in one column runs at the same time."""

from collections.abc import Callable, Sequence
from typing import Final

from widget_service.connectors.compiling_composites import CompiledStep
from widget_service.execution.composite.graph import Needs, needs_of, ranks_of

MARK: Final = "■"
_UNKNOWN: Final = "?"


def drawing_of(steps: Sequence[CompiledStep], method_of: Callable[[str], str | None]) -> list[str]:
    """Return a line for each step: its name and method, a mark in the column of its turn, and what it waits for.

    ``method_of`` tells the method of a stored connector; one that is not known is taken to have side effects.
    """
    methods = [step.request.method if step.request else method_of(step.connector or "") for step in steps]
    needs = needs_of(steps, [method or _UNKNOWN for method in methods])
    ranks = ranks_of(needs)
    names = [step.name if step.request else f"{step.name} ({step.connector})" for step in steps]
    width, method_width = max(map(len, names), default=0), max((len(method or "?") for method in methods), default=0)
    depth = max(ranks, default=0) + 1
    lines = []
    for index, (name, method, rank) in enumerate(zip(names, methods, ranks, strict=True)):
        place = f"{' ' * rank + MARK:{depth}}"
        told = _told(steps, needs, index)
        lines.append(f"{name:{width}}  {method or _UNKNOWN:{method_width}}  {place}  {told}".rstrip())
    return lines


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
