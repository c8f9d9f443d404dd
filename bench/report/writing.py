"""``REPORT.md`` for people, ratios first, and ``report.json`` for programs."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.measuring import Outcome
from bench.options import Options
from bench.report.markdown import table
from bench.report.tables import figures, goals, peer_scenario, ratios
from bench.report.targets import TARGETS, Target
from bench.samples import CPU_US, Samples
from bench.scenarios import FIXED_RATE_PER_S
from bench.stacks import PEERS, SERVICE

_MAX_REASON = 300
_NOT_MEASURED = """Not measured here: answers from the cache and several worker processes, which the measured
command does not have; the size of the browser SDK, which its own build tells.
"""


def write_report(options: Options, outcome: Outcome, started: datetime) -> list[Path]:
    """Write both files and return where they are."""
    options.output.mkdir(parents=True, exist_ok=True)
    markdown, data = options.output / "REPORT.md", options.output / "report.json"
    markdown.write_text(report_markdown(options, outcome, started), encoding="utf-8")
    text = json.dumps(report_data(options, outcome, started), indent=2, ensure_ascii=False)
    data.write_text(text + "\n", encoding="utf-8")
    return [markdown, data]


def report_data(options: Options, outcome: Outcome, started: datetime) -> dict[str, Any]:
    """Return ``{"date", "versions", "scenarios": {SCENARIO: {STACK: {"cpu_us", "rps", "p50_ms", "p99_ms", …}}}, …}``.

    Figures are medians over the rounds.
    """
    samples = outcome.samples
    return {
        "date": started.isoformat(timespec="seconds"),
        "command": options.command_line,
        "machine": outcome.machine,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "versions": outcome.versions,
        "scenarios": {
            name: {stack: _figures(samples, name, stack) for stack in samples.stacks(name)}
            for name in samples.scenarios()
        },
        "ratios": _ratios(samples),
        "targets": [_target(target, samples) for target in TARGETS],
        "skipped": outcome.skipped,
        "failed": outcome.failed,
    }


def report_markdown(options: Options, outcome: Outcome, started: datetime) -> str:
    """Return the report for people."""
    samples = outcome.samples
    parts = [
        "# What a call costs\n",
        f"Made by `{options.command_line}` on {started:%Y-%m-%d at %H:%M} UTC; made again rather than edited.\n",
        "## What is to be reached\n",
        goals(samples),
        "Ratios are medians over the rounds, of what was measured side by side.\n",
        _NOT_MEASURED,
        "[What a call costs, and where it goes](../docs/explanation/performance.md) says what stands between.\n",
        "## CPU time per call: the service divided by each peer\n",
        "Less is better; in brackets the ratio of the least figures. No peer has sessions or templates:\n"
        "`pipeline_c32` is compared with what the peers need for `proxied_get_c32`.\n",
        ratios(samples),
        "## Figures\n",
        "Medians over the rounds; in brackets the least.\n",
        figures(samples),
        "## How\n",
        _method(options, outcome),
        table(["what", "version"], ([name, text] for name, text in outcome.versions.items())),
        _told("Skipped", outcome.skipped),
        _told("Failed", outcome.failed),
    ]
    return "\n".join(part for part in parts if part)


def _method(options: Options, outcome: Outcome) -> str:
    return (
        f"{outcome.machine}.\n\n"
        "All stacks are up together and driven in turn, scenario by scenario, another one first each time: "
        f"{options.rounds} rounds of slices of {options.seconds} s, after one that warms up. The proxy has a core of "
        "its own; wrk and the origin (nginx, which refuses a call without the key) share another. CPU time is that of "
        "all processes of a stack, from `/proc`. The service is called as a page calls it, with a session and its "
        f"CSRF token. At {FIXED_RATE_PER_S} calls/s, `internal` is what its timing header says.\n"
        "The answer of every stack to every kind of call is compared with the origin's before it is measured.\n"
    )


def _told(heading: str, lines: list[str]) -> str:
    return f"\n{heading}:\n\n" + "".join(f"- {_one_line(line)}\n" for line in lines) if lines else ""


def _one_line(text: str) -> str:
    """A program that fails says why in the last lines of its log."""
    first, *more = [line.strip() for line in text.splitlines() if line.strip()]
    return f"{first} … {more[-1][:_MAX_REASON]}" if more else first


def _figures(samples: Samples, name: str, stack: str) -> dict[str, float]:
    medians = samples.medians(name, stack)
    if CPU_US in medians:
        medians["cpu_us_min"] = samples.minimum(name, stack, CPU_US)
    return {figure: round(value, 3) for figure, value in medians.items()}


def _ratios(samples: Samples) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name in samples.scenarios():
        for peer in PEERS:
            ratio = samples.ratio(CPU_US, (name, SERVICE), (peer_scenario(name), peer.name))
            if ratio is not None:
                found.setdefault(name, {})[peer.name] = round(ratio, 3)
    return found


def _target(target: Target, samples: Samples) -> dict[str, Any]:
    measured = target.measured(samples)
    return {
        "what": target.what,
        "measured": None if measured is None else round(measured, 3),
        "must": target.must,
        "must_met": target.is_met(measured, target.must),
        "aim": target.aim,
        "aim_met": target.is_met(measured, target.aim),
    }
