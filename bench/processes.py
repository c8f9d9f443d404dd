"""Programs that are started on a core, waited for until they answer, and stopped by their process id."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType

from bench.cores import pin
from bench.proc import family_pids

START_S = 120.0
STOP_S = 10.0
_LOG_TAIL = 2000


class ProgramFailed(Exception):
    """A program did not start, or did not do what it was started for; the message says why."""


@dataclass(frozen=True, slots=True)
class Program:
    """A running program that answers on ``port``."""

    name: str
    pid: int
    port: int
    started_in_s: float


class Programs:
    """Starts programs; leaving the block stops all of them, the last one first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Programs":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _: TracebackType | None
    ) -> None:
        while self._running:
            _stop(self._running.pop())

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        port: int,
        core: int | None,
        env: Mapping[str, str] | None = None,
        is_ready: Callable[[int], bool] | None = None,
    ) -> Program:
        """Return the program once it answers on ``port``; raise `ProgramFailed` with the end of what it wrote."""
        log = self.folder / f"{name}.log"
        started = time.monotonic()
        with log.open("wb") as output:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env) if env is not None else None,
                start_new_session=True,  # Ctrl-C is for this process, which then stops the others in order
                preexec_fn=partial(pin, core),
            )
        self._running.append(process)
        _wait(name, process, partial(is_ready or accepts_connections, port), log)
        return Program(name, process.pid, port, time.monotonic() - started)


def free_port() -> int:
    """Return a port on loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def accepts_connections(port: int) -> bool:
    """Whether something listens."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _wait(name: str, process: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while not is_ready():
        if process.poll() is not None:
            raise ProgramFailed(f"{name} ended with {process.returncode}:\n{_tail(log)}")
        if time.monotonic() > deadline:
            raise ProgramFailed(f"{name} did not answer within {START_S:g} s:\n{_tail(log)}")
        time.sleep(0.01)


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:]


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a program as an operator would; where it does not listen, kill it and all that it has started."""
    process.terminate()
    try:
        process.wait(timeout=STOP_S)
    except subprocess.TimeoutExpired:
        for pid in family_pids(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(timeout=STOP_S)
