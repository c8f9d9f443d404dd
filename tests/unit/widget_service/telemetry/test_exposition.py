"""The text that Prometheus reads: right by its own parser, and by its own tool where that is there."""

import shutil
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

from widget_service.telemetry import catalogue as metrics
from widget_service.telemetry.calls import BOUNDS_S
from widget_service.telemetry.catalogue import METRICS, Kind
from widget_service.telemetry.exposition import exposition
from widget_service.telemetry.state import State

NOW = 1000.0


def state():
    state = State(NOW)
    for metric in METRICS:
        labels = ["x"] * len(metric.labels)
        if metric.kind is Kind.HISTOGRAM:
            bounds = 16 if metric is metrics.INTERNAL_DURATION else len(BOUNDS_S) + 1
            state.set_durations(metric, [1] * bounds, 2.5, *labels)
        else:
            state.set(metric, 1, *labels)
    return state


def samples(text):
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_counters_and_histograms_of_all_are_added_up():
    _, body = exposition({"0": state(), "1": state()}, NOW)
    found = samples(body.decode())
    labels = (("connector", "x"), ("tenant", "x"))
    assert found["widget_service_execution_duration_seconds_count", labels] == 2 * (len(BOUNDS_S) + 1)
    assert found["widget_service_execution_duration_seconds_sum", labels] == 5.0
    assert (
        found[
            "widget_service_execution_duration_seconds_bucket", (("connector", "x"), ("le", "0.001"), ("tenant", "x"))
        ]
        == 2
    )
    assert found["widget_service_call_records_written_total", ()] == 2
    assert found["widget_service_database_up", (("worker", "1"),)] == 1
    assert found["widget_service_build_info", (("python", "x"), ("version", "x"))] == 1


def test_what_a_label_holds_is_no_line_of_its_own():
    told = State(NOW)
    name = 'a"} 1\nprocess_open_fds 9\\'
    told.set(metrics.EXECUTIONS, 1, "t", name, "GET", "2xx", "")
    _, body = exposition({"0": told}, NOW)
    labels = {key: value for key, value in samples(body.decode()).items() if key[0] == metrics.EXECUTIONS.name}
    assert [dict(key[1])["connector"] for key in labels] == [name]


def test_the_names_are_as_prometheus_wants_them():
    for metric in METRICS:
        is_counter = metric.kind in (Kind.COUNTER, Kind.COUNTER_OF_WORKER)
        assert metric.name.endswith("_total") == is_counter, metric.name
        assert not metric.name.endswith(("_ms", "_milliseconds")), metric.name
        assert metric.help, metric.name
        assert not metric.help.endswith("."), metric.name


def test_the_own_tool_of_prometheus_finds_nothing_to_say():
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not there: apt-get install prometheus")
    _, body = exposition({"0": state()}, NOW)
    checked = subprocess.run([promtool, "check", "metrics"], input=body, capture_output=True, timeout=60)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
