"""``python -m bench.counting``: what counting a call for metrics costs, beside what taking note of it costs anyway."""

import sys
from time import process_time

from widget_service.caching.request import How
from widget_service.connectors.snapshot import Snapshot
from widget_service.execution.answer import Answer
from widget_service.execution.execution import Execution
from widget_service.execution.incoming import IncomingCall
from widget_service.execution.timing import STAGES
from widget_service.executions.recorder import Recorder
from widget_service.telemetry.calls import CallMeter

CALLS = 100_000
ROUNDS = 7
_US_PER_S = 1_000_000


def main() -> int:
    """Print both, and the difference; return the exit code."""
    without = cost_us(Recorder(0, lambda _: None))
    counted = cost_us(Recorder(0, lambda _: None, meter=CallMeter(100)))
    print(f"noted {without:.2f} µs, with metrics {counted:.2f} µs: {counted - without:.2f} µs more for a call")
    return 0


def cost_us(recorder: Recorder, calls: int = CALLS) -> float:
    """Return the processor time of noting one call, in microseconds: the least of some rounds."""
    execution, answer = _call(), Answer(200, [], b"1")
    rounds = []
    for _ in range(ROUNDS):
        started = process_time()
        for _ in range(calls):
            recorder.add(execution, answer)
        rounds.append((process_time() - started) / calls * _US_PER_S)
    return min(rounds)


def _call() -> Execution:
    snapshot = Snapshot(tenant_id="t", connectors={"plants": object()}, composites={})  # type: ignore[dict-item]
    execution = Execution(IncomingCall("plants", "GET", "", {}), snapshot, "id-1")
    for stage in STAGES:
        execution.timing.stage_done(stage)
    execution.timing.cache_result = How.MISS
    execution.timing.headers("id-1")
    return execution


if __name__ == "__main__":
    sys.exit(main())
