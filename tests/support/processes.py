"""Starting servers for tests, waiting until they answer, and stopping them by their process id."""

import contextlib
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

_PORTS = range(10_000, 32_000)
"""Below those that connections of other tests are given by the system, which would take a port before its server."""


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    for port in random.SystemRandom().sample(_PORTS, 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a hundred ports are taken")


def wait_for_port(port: int, process: subprocess.Popen, log: Path, *, timeout_s: float = 60) -> None:
    """Return when ``port`` accepts connections; fail with the log when the process ends or time runs out."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the server ended with {process.returncode}:\n{log.read_text()}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError(f"no answer on port {port} within {timeout_s} s:\n{log.read_text()}")


def stop(process: subprocess.Popen) -> int:
    """End a process as an operator would; kill it only if it does not listen."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)
            raise AssertionError("the process did not end on SIGTERM within 20 s") from None
    return process.returncode


def children_of(pid: int) -> list[int]:
    """Return the processes that ``pid`` has started."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


@contextlib.contextmanager
def running(
    arguments: list[str], *, port: int, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen]:
    """Run ``python arguments…`` while the block runs, once it accepts connections on ``port``."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=output, stderr=subprocess.STDOUT, env=dict(env) if env else None
        )
    try:
        wait_for_port(port, process, log)
        yield process
    finally:
        stop(process)
