"""The report of a trial as a person reads it, a section for each part."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from widget_service.cli.output import one_line
from widget_service.execution.composite.drawing import timeline

_BAR_WIDTH = 40


def report_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a report (see `report_of`)."""
    yield from _section("Stages", waterfall(report["stages"]))
    if steps := report.get("steps"):
        yield from _section("Steps", _timeline(steps))
        for step in filter(_was_sent, steps):
            yield from _section(f"Step '{step['name']}'", [*_request(step["request"]), *_answer(step["destination"])])
    request = report["request"]
    if "url" in request:
        yield from _section("Request", _request(request))
        yield from _section("As a command", [one_line(line) for line in report["curl"].split("\n")])
    destination = report["destination"]
    if destination is not None:
        went_through = ["(went through unchanged)"] if destination["body"] is None else readable(destination["body"])
        head = [
            f"{destination['status']}",
            *(f"{one_line(name)}: {one_line(value)}" for name, value in destination["headers"]),
        ]
        yield from _section("Answer of the destination", [*head, "", *went_through])
    yield from _section("Answer to the caller", [str(report["status"]), "", *readable(report["body"])])


def waterfall(stages: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a line a stage: its time, and a bar that begins where the one before ended."""
    total = sum(stage["ms"] for stage in stages) or 1.0
    before = 0.0
    for stage in stages:
        start = round(before / total * _BAR_WIDTH)
        before += stage["ms"]
        length = max(round(before / total * _BAR_WIDTH) - start, 1)
        bar = " " * min(start, _BAR_WIDTH - 1) + "█" * length
        yield f"{stage['name']:10}{stage['ms']:9.2f} ms  {bar}{'  failed here' if stage['failed'] else ''}"
    yield f"{'total':10}{before:9.2f} ms"


def readable(text: str) -> list[str]:
    """Return a body as lines: JSON indented, and nothing that would move a terminal's cursor."""
    with contextlib.suppress(ValueError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return ["".join(c if c == "\t" else one_line(c) for c in line) for line in text.splitlines()]


def _timeline(steps: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the drawing of the steps, then a line for each that ran: when, and for how long."""
    yield from (one_line(step["drawing"]) for step in steps)
    yield ""
    ran = [step for step in steps if "ms" in step]
    bars = iter(timeline([(step["start_ms"], step["start_ms"] + step["ms"]) for step in ran], _BAR_WIDTH))
    width = max(len(step["name"]) for step in steps)
    for step in steps:
        told = f"{step['ms']:9.2f} ms  {next(bars):{_BAR_WIDTH}}" if "ms" in step else " " * (_BAR_WIDTH + 14)
        yield f"{step['name']:{width}}{told}  {step['state']}".rstrip()


def _was_sent(step: dict[str, Any]) -> bool:
    return "url" in step.get("request", {})


def _answer(destination: dict[str, Any] | None) -> Iterator[str]:
    if destination is not None:
        yield f"→ {destination['status']}"
        yield from readable(destination["body"] or "")


def _request(request: dict[str, Any]) -> Iterator[str]:
    yield f"{request['method']} {one_line(request['url'])}"
    for title, name, separator in (("query", "query_parameters", "="), ("headers", "headers", ": ")):
        told = [(_pair(pair["name"], separator, pair["value"]), pair["from"]) for pair in request[name]]
        width = min(max((len(text) for text, _ in told), default=0), 60)
        if told:
            yield f"{title}:"
        for text, source in told:
            yield f"  {text:{width}}  ← {source}"
    if request["authentication"] is not None:
        yield f"authentication: {request['authentication']['type']}"
        for step in request["authentication"].get("steps", ()):
            yield f"  {step['what']:10}{step['ms']:9.2f} ms"
    if request["request_body"]:
        yield "body:"
        yield from (f"  {line}" for line in readable(request["request_body"]))


def _pair(name: str, separator: str, value: str | None) -> str:
    """A query parameter may have no value, not even an empty one."""
    return one_line(name if value is None else f"{name}{separator}{value}")


def _section(title: str, lines: Iterator[str] | list[str]) -> Iterator[str]:
    yield f"── {title} ──"
    yield from lines
    yield ""
