"""Timing headers: what each stage took, as text and as JSON."""

import json

from widget_service.execution.timing import Timing


def headers_of(timing: Timing) -> dict[str, str]:
    return dict(timing.headers("r-1"))


def test_stages_add_up_and_internal_is_what_the_destination_did_not_take():
    timing = Timing()
    timing.stage_done("setup")
    timing.external_host = "api.example.com"
    timing.stage_done("external")
    timing.stage_done("external")
    figures = json.loads(headers_of(timing)["X-Connector-Timing"])
    assert figures["request_id"] == "r-1"
    assert figures["external_host"] == "api.example.com"
    assert abs(figures["total_ms"] - figures["internal_ms"] - figures["external_ms"]) < 0.02
    assert figures.keys() == {
        "request_id",
        "total_ms",
        "internal_ms",
        "external_ms",
        "breakdown",
        "cache_hit",
        "external_host",
    }
    assert figures["breakdown"].keys() == {"setup_ms", "transform_ms", "cache_ms", "http_request_ms"}


def test_server_timing_names_every_stage():
    timing = Timing()
    timing.external_host = "api.example.com"
    entries = {entry.strip().partition(";")[0]: entry for entry in headers_of(timing)["Server-Timing"].split(",")}
    assert entries.keys() == {"setup", "transform", "cache", "auth", "external", "total"}
    assert 'desc="api.example.com"' in entries["external"]
    assert 'desc="Bypass"' in entries["cache"]
    assert all("dur=" in entry for entry in entries.values())


def test_a_timeout_and_an_error_are_told():
    timing = Timing()
    timing.error, timing.timed_out = "UPSTREAM_TIMEOUT", True
    figures = json.loads(headers_of(timing)["X-Connector-Timing"])
    assert figures["timeout"] is True
    assert figures["error"] == "UPSTREAM_TIMEOUT"
