"""The load generator: wrk, told by a script what to send, and asked for one line of figures."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.processes import ProgramFailed

MARK = "BENCH "
_US_PER_S = 1_000_000
_MAX_LATE_S = 30

_DONE = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\nBENCH {"requests": %d, "duration_us": %d, "p50_us": %d, "p99_us": %d, '
    .. '"connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect, e.read, e.write, e.status, e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """One slice of load. ``body_bytes`` makes it a POST of a JSON body of that length."""

    url: str
    connections: int
    headers: Mapping[str, str]
    body_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a slice brought."""

    requests: int
    duration_s: float
    p50_ms: float
    p99_ms: float


def json_body(size: int) -> str:
    """Return a JSON object of ``size`` bytes."""
    return json.dumps({"text": "x" * (size - len('{"text": ""}'))})


def lua_script(load: Load) -> str:
    """Return the script that makes wrk send this load."""
    headers = dict(load.headers)
    lines = []
    if load.body_bytes:
        headers["Content-Type"] = "application/json"
        lines += ['wrk.method = "POST"', f"wrk.body = {_lua(json_body(load.body_bytes))}"]
    lines += [f"wrk.headers[{_lua(name)}] = {_lua(value)}" for name, value in headers.items()]
    return "\n".join(lines) + _DONE


def parse_outcome(output: str) -> Outcome:
    """Read the line of figures; raise `ProgramFailed` where answers failed, for then they say nothing."""
    line = next((line for line in output.splitlines() if line.startswith(MARK)), None)
    if line is None:
        raise ProgramFailed(f"wrk told no figures:\n{output[-1000:]}")
    figures: dict[str, int] = json.loads(line.removeprefix(MARK))
    errors = {name: figures[name] for name in ("connect", "read", "write", "status", "timeout") if figures[name]}
    if errors or not figures["requests"]:
        told = ", ".join(f"{name}: {count}" for name, count in errors.items()) or "none was answered"
        raise ProgramFailed(f"of {figures['requests']} calls some failed ({told})")
    return Outcome(
        requests=figures["requests"],
        duration_s=figures["duration_us"] / _US_PER_S,
        p50_ms=figures["p50_us"] / 1000,
        p99_ms=figures["p99_us"] / 1000,
    )


def run_wrk(load: Load, seconds: int, folder: Path) -> Outcome:
    """Drive one slice."""
    script = folder / "load.lua"
    script.write_text(lua_script(load), encoding="utf-8")
    command = ["wrk", "-t1", f"-c{load.connections}", f"-d{seconds}s", "--timeout", "20s"]
    try:
        done = subprocess.run(
            [*command, "-s", str(script), load.url],
            capture_output=True,
            text=True,
            timeout=seconds + _MAX_LATE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProgramFailed(f"wrk did not end {_MAX_LATE_S} s after its time") from None
    return parse_outcome(done.stdout + done.stderr)


def _lua(text: str) -> str:
    """Quote a text; Lua reads JSON's escapes for quotes, backslashes and line breaks as they are."""
    return json.dumps(text, ensure_ascii=False)
