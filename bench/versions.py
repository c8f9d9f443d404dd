"""What was measured, on what: versions, revision and machine."""

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.cores import Cores
from bench.requirements import find_program
from bench.stacks.proxy import Peer

_PACKAGES = ("widget-service", "widget-service-sdk", "granian", "pycurl", "httpx2")
_TIMEOUT_S = 10


def versions_of(peers: Iterable[Peer]) -> dict[str, str]:
    """Return a version by name for everything that had a part in it."""
    versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
    versions["python"] = platform.python_version()
    versions["revision"] = _told_by(["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"])
    versions["wrk"] = _told_by(["wrk", "-v"]).partition(" Copyright")[0].removeprefix("wrk ")
    versions["origin"] = _told_by([find_program("nginx") or "nginx", "-v"])
    versions |= {peer.name: _told_by(peer.version) for peer in peers}
    return versions


def machine(cores: Cores) -> str:
    """Return a sentence about the machine; nothing that names it."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    pinned = "nothing is pinned" if cores.proxy is None else f"proxy on core {cores.proxy}, the rest on {cores.load}"
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    return (
        f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} cores "
        f"({model or 'unknown model'}); {pinned}; load average before: {load}"
    )


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _told_by(command: Sequence[str]) -> str:
    """Return the first line that a command prints; some print their version as an error."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    lines = (done.stdout + done.stderr).splitlines()
    return lines[0].partition(" - ")[0].strip() if lines else "unknown"
