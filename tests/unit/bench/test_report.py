"""The report: the ratios of what was measured, beside what is to be reached."""

import json
from datetime import UTC, datetime

import pytest

from bench.measuring import Outcome
from bench.options import Options
from bench.report.markdown import number, table
from bench.report.targets import TARGETS, Target
from bench.report.writing import write_report
from bench.samples import Samples
from bench.scenarios import FIXED_RATE, SDK
from bench.stacks import SERVICE


@pytest.fixture
def outcome() -> Outcome:
    samples = Samples()
    for stack, cpu_us in ((SERVICE, 150.0), ("nginx", 20.0), ("fastify-http-proxy", 100.0)):
        for factor in (1, 2):
            sample = {"cpu_us": cpu_us * factor, "rps": 1e6 / cpu_us, "p50_ms": 0.5, "p99_ms": 3.0}
            samples.add("proxied_get_c32", stack, sample)
    samples.add("pipeline_c32", SERVICE, {"cpu_us": 180.0, "rps": 5000.0, "p50_ms": 0.6, "p99_ms": 3.1})
    internal = {"internal_p50_ms": 0.3, "internal_p99_ms": 2.0}
    samples.add(FIXED_RATE, SERVICE, {"cpu_us": 300.0, "rps": 500.0, "p50_ms": 0.7, "p99_ms": 2.5, **internal})
    samples.add(SDK, "httpx2", {"cpu_us": 400.0, "rps": 2000.0})
    skipped = ["caddy is not on this machine: apt-get install caddy"]
    return Outcome(samples, {"python": "3.11"}, "a machine", skipped, ["haproxy ended with 1:\nlog\nno such option"])


@pytest.fixture
def report(outcome, tmp_path) -> tuple[str, dict]:
    """Both files, as they are read again."""
    options = Options(rounds=2, seconds=1, output=tmp_path / "out", command_line="make bench")
    files = write_report(options, outcome, datetime(2026, 11, 24, 12, tzinfo=UTC))
    assert [file.name for file in files] == ["REPORT.md", "report.json"]
    return files[0].read_text(), json.loads(files[1].read_text())


def test_the_data_has_every_figure_by_scenario_and_stack(report):
    _, data = report
    assert data["date"] == "2026-11-24T12:00:00+00:00"
    assert data["versions"] == {"python": "3.11"}
    assert data["scenarios"]["proxied_get_c32"]["nginx"] == {
        "cpu_us": 30.0,
        "cpu_us_min": 20.0,
        "rps": 50000.0,
        "p50_ms": 0.5,
        "p99_ms": 3.0,
    }
    assert data["ratios"]["proxied_get_c32"] == {"nginx": 7.5, "fastify-http-proxy": 1.5}


@pytest.mark.parametrize(
    ("what", "measured", "must_met"),
    [
        ("fastify-http-proxy", 1.5, False),
        ("connections: CPU ÷ nginx", 7.5, True),
        ("÷ fastapi-httpx", None, None),
        ("÷ the proxied GET", 1.2, True),
        ("500 calls/s, p50", 0.3, True),
        ("SDK, asynchronous", None, None),
    ],
)
def test_every_goal_says_whether_it_is_met(report, what, measured, must_met):
    _, data = report
    (goal,) = [goal for goal in data["targets"] if what in goal["what"]]
    assert (goal["measured"], goal["must_met"]) == (measured, must_met)


def test_the_text_has_ratios_before_figures_and_says_what_was_skipped(report):
    text, _ = report
    assert text.index("7.50 (7.50)") < text.index("## Figures") < text.index("### `proxied_get_c32`")
    assert "| ≤ 1 | **not met** |" in text
    assert "- caddy is not on this machine: apt-get install caddy\n" in text
    assert "- haproxy ended with 1: … no such option\n" in text


@pytest.mark.parametrize(
    ("more_is_better", "measured", "bound", "met"),
    [
        (False, 1.0, 1.0, True),
        (False, 1.01, 1.0, False),
        (True, 0.5, 0.5, True),
        (True, 0.49, 0.5, False),
        (False, None, 1.0, None),
        (False, 1.0, None, None),
    ],
)
def test_a_bound_is_kept_on_its_own_side(more_is_better, measured, bound, met):
    target = Target("x", "rps", ("a", "b"), more_is_better=more_is_better)
    assert target.is_met(measured, bound) is met


def test_every_goal_has_something_to_reach():
    assert all(target.must is not None or target.aim is not None for target in TARGETS)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.123, "0.12"), (9.996, "10.0"), (42.25, "42.2"), (99.96, "100"), (12345.6, "12,346")],
)
def test_numbers_have_three_digits(value, text):
    assert number(value) == text


def test_a_table_aligns_figures_to_the_right():
    assert table(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |\n"
