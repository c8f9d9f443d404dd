"""``python -m bench.profile``: where the time of a call goes, by py-spy where it is installed, else by cProfile."""

import argparse
import asyncio
import cProfile
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.cores import choose_cores, pin
from bench.in_process import Call, application, repeat
from bench.origin import Origin, start_origin
from bench.proc import family_pids
from bench.processes import ProgramFailed, Programs
from bench.requirements import Missing, check_requirements, find_program
from bench.scenarios import Kind
from bench.stacks.service import PREFIX, start_service
from bench.wrk import Load, run_wrk

CONNECTIONS = 32
_LOOP, _WAITING = "BaseEventLoop.run_forever", "EpollSelector.select"
_NS_PER_US = 1000
_US_PER_S = 1_000_000


def main(arguments: Sequence[str]) -> int:
    """Return the exit code."""
    options = _options(arguments)
    try:
        check_requirements()
        cores = choose_cores(os.sched_getaffinity(0))
        with (
            tempfile.TemporaryDirectory(prefix="widget-service-profile-") as folder,
            Programs(Path(folder)) as programs,
        ):
            origin, _ = start_origin(programs, cores.load)
            spy = None if options.traced else find_program("py-spy")
            if spy is not None:
                pin(cores.load)
                print(sampled(spy, programs, origin, options, cores.proxy))
            else:
                pin(cores.proxy)
                asyncio.run(_traced(programs.folder / "service", origin, options))
    except (Missing, ProgramFailed) as error:
        print(f"bench.profile: {error}", file=sys.stderr)
        return 1
    return 0


def sampled(spy: str, programs: Programs, origin: Origin, options: argparse.Namespace, core: int | None) -> str:
    """Return the functions that the service under load was seen in most often, as shares of all samples."""
    proxy = start_service(programs, origin, core=core)
    raw = programs.folder / "samples.txt"
    worker = family_pids(proxy.program.pid)[-1]
    command = [spy, "record", "--function", "--format", "raw", "--rate", "500", "--duration", str(options.seconds)]
    with subprocess.Popen(
        [*command, "--output", str(raw), "--pid", str(worker)], stdout=subprocess.DEVNULL
    ) as recorder:
        run_wrk(Load(proxy.url(options.kind), CONNECTIONS, proxy.headers), options.seconds + 1, programs.folder)
        if recorder.wait(timeout=60):
            raise ProgramFailed(f"py-spy ended with {recorder.returncode}; it may need the right to trace processes")
    return shares(raw.read_text(encoding="utf-8").splitlines(), options.top)


def shares(lines: Sequence[str], top: int) -> str:
    """Return a table of py-spy's raw stacks (``a;b;c 12``): per function its own share, and that with all it calls.

    Only what the event loop runs counts: other threads, and the loop itself where it waits, are idle.
    """
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        if frames := _running(stack.split(";")):
            own[frames[-1]] += int(count)
            whole.update(dict.fromkeys(frames, int(count)))
    total = sum(own.values()) or 1
    parts = []
    for heading, counter in (("own", own), ("with all it calls", whole)):
        parts.append(f"{heading}:")
        parts += [f"{count / total:7.1%}  {frame}" for frame, count in counter.most_common(top)]
    return "\n".join(parts)


def _running(frames: list[str]) -> list[str]:
    """Return the frames of what the event loop runs, nothing where it waits."""
    first = next((number for number, frame in enumerate(frames) if frame.startswith(_LOOP)), None)
    if first is None or frames[-1].startswith(_WAITING):
        return []
    return frames[first + 1 :]


async def _traced(folder: Path, origin: Origin, options: argparse.Namespace) -> None:
    """Print what a call costs without the tracer, then what the tracer sees, in microseconds per call."""
    async with application(folder, origin) as (app, headers):
        call = Call(f"{PREFIX}/connectors/{options.kind}/execute", headers)
        await repeat(app, call, count=500, at_once=CONNECTIONS)
        started_ns = time.process_time_ns()
        await repeat(app, call, count=options.calls, at_once=CONNECTIONS)
        plain_us = (time.process_time_ns() - started_ns) / _NS_PER_US / options.calls
        profile = cProfile.Profile()
        profile.enable()
        await repeat(app, call, count=options.calls, at_once=CONNECTIONS)
        profile.disable()
    print(f"{options.kind}: {plain_us:.0f} µs of CPU time per call, without a server and without a tracer\n")
    for order in ("tottime", "cumulative"):
        print(f"by {order}:\n{traced_table(pstats.Stats(profile), order, options.calls, options.top)}\n")


def traced_table(stats: pstats.Stats, order: str, calls: int, top: int) -> str:
    """Return the most expensive functions: microseconds per call, own and with all they call, and how often."""
    found = [
        (count / calls, own_s * _US_PER_S / calls, whole_s * _US_PER_S / calls, f"{_short(file)}:{line} {name}")
        for (file, line, name), (_, count, own_s, whole_s, _) in stats.stats.items()  # type: ignore[attr-defined]
    ]
    found.sort(key=lambda row: row[1 if order == "tottime" else 2], reverse=True)
    lines = [f"{own:8.1f} {whole:8.1f} {count:7.1f}  {what}" for count, own, whole, what in found[:top]]
    return "\n".join(["  own µs whole µs   times", *lines])


def _short(file: str) -> str:
    return "/".join(Path(file).parts[-2:])


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description="Where the time of a call goes.")
    kinds = [Kind.GET, Kind.PIPELINE]
    parser.add_argument("--kind", type=Kind, choices=kinds, default=Kind.GET, help="what is called (default get)")
    parser.add_argument("--calls", type=int, default=5000, help="calls under cProfile (default 5000)")
    parser.add_argument("--seconds", type=int, default=10, help="how long py-spy looks (default 10)")
    parser.add_argument("--top", type=int, default=40, help="functions in a table (default 40)")
    parser.add_argument("--traced", action="store_true", help="by cProfile, even where py-spy is installed")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
