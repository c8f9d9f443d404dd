"""Waiting until a stack has nothing left to do: what it still works off would be charged to the next one."""

import time

from bench.proc import cpu_seconds
from bench.processes import ProgramFailed

WINDOW_S = 0.1
IDLE_SHARE = 0.15
"""Of a core: one tick of the clock within a window may always happen."""
SETTLED_WITHIN_S = 20.0


def settle(pid: int) -> None:
    """Return once a process and its descendants are idle; raise `ProgramFailed` where they go on working."""
    deadline = time.monotonic() + SETTLED_WITHIN_S
    before_s = cpu_seconds(pid)
    while time.monotonic() < deadline:
        time.sleep(WINDOW_S)
        now_s = cpu_seconds(pid)
        if now_s - before_s <= IDLE_SHARE * WINDOW_S:
            return
        before_s = now_s
    raise ProgramFailed(f"still works {SETTLED_WITHIN_S:g} s after its last call")
