"""Counting a call for metrics costs next to nothing: some additions, nothing is formatted."""

from bench.counting import cost_us
from widget_service.executions.recorder import Recorder
from widget_service.telemetry.calls import CallMeter

MAX_US = 10.0
"""About one is measured; nothing that formats or waits would fit."""


def test_a_call_is_counted_within_microseconds():
    cost = cost_us(Recorder(0, lambda _: None, meter=CallMeter(100)), calls=5_000)
    assert cost < MAX_US
