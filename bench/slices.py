"""One slice of load on one stack: by wrk as fast as it goes, or at a fixed rate."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from bench.driving import CpuMeter
from bench.faults import AS_MANY_WELL, FAULTS, faulty_calls
from bench.fixed_rate import Answer, Target, drive_at
from bench.proc import resident_mib
from bench.samples import Sample, percentile
from bench.scenarios import FIXED_RATE_PER_S, Kind, Scenario
from bench.settling import settle
from bench.stacks.proxy import Proxy
from bench.stacks.service import execute_path
from bench.wrk import Load, run_wrk


def full_speed(scenario: Scenario, proxy: Proxy, folder: Path, seconds: int) -> Sample:
    """Return CPU time per request, requests/s and latency under as many calls as the connections carry."""
    load = Load(proxy.url(scenario.kind), scenario.connections, proxy.headers, scenario.body_bytes)
    meter = CpuMeter(proxy.program.pid)
    meter.start()
    outcome = run_wrk(load, seconds, folder)
    cpu_us = meter.us_per(outcome.requests)
    settle(proxy.program.pid)
    return {
        "cpu_us": cpu_us,
        "rps": outcome.requests / outcome.duration_s,
        "p50_ms": outcome.p50_ms,
        "p99_ms": outcome.p99_ms,
        "resident_mib": resident_mib(proxy.program.pid)[0],
    }


def fixed_rate(proxy: Proxy, seconds: int) -> Sample:
    """Return latency, and what the service says of itself, at a rate that leaves everybody time."""
    return _at_a_rate(proxy, [], seconds)


def beside_faults(proxy: Proxy, seconds: int) -> Sample:
    """Return the same while callers of every fault wait for it."""
    return _beside(proxy, FAULTS, seconds)


def beside_well(proxy: Proxy, seconds: int) -> Sample:
    """Return the same while as many callers wait for destinations that are as slow, and well."""
    return _beside(proxy, AS_MANY_WELL, seconds)


def _beside(proxy: Proxy, names: Iterable[str], seconds: int) -> Sample:
    headers = {**proxy.headers, "Connection": "close"}
    return _at_a_rate(proxy, [Target(proxy.program.port, execute_path(name), headers) for name in names], seconds)


def _at_a_rate(proxy: Proxy, faulty: Sequence[Target], seconds: int) -> Sample:
    target = Target(proxy.program.port, proxy.paths[Kind.GET], proxy.headers)
    meter = CpuMeter(proxy.program.pid)
    meter.start()
    answers = asyncio.run(_drive(target, faulty, seconds))
    cpu_us = meter.us_per(len(answers))
    settle(proxy.program.pid)
    return {"cpu_us": cpu_us, "rps": FIXED_RATE_PER_S, **_latency(answers)}


async def _drive(target: Target, faulty: Sequence[Target], seconds: int) -> list[Answer]:
    async with faulty_calls(faulty):
        return await drive_at(target, per_second=FIXED_RATE_PER_S, seconds=seconds)


def _latency(answers: list[Answer]) -> Sample:
    waits = [answer.latency_ms for answer in answers]
    figures = {"p50_ms": median(waits), "p99_ms": percentile(waits, 0.99)}
    internal = [answer.internal_ms for answer in answers if answer.internal_ms is not None]
    if internal:
        figures |= {"internal_p50_ms": median(internal), "internal_p99_ms": percentile(internal, 0.99)}
    return figures
