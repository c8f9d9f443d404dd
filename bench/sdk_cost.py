"""What the Python SDK adds to the client that it uses; each in a process of its own."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

from bench.driving import Turn
from bench.origin import Origin
from bench.processes import ProgramFailed
from bench.samples import Sample
from bench.scenarios import SDK
from bench.sdk_driver import CLIENTS

_CALLS_PER_S = 300  # about as many as the slower client makes in a second
_TIMEOUT_S = 120
_ROOT = Path(__file__).parents[1]


def sdk_turns(origin: Origin) -> list[Turn]:
    """Return the clients that are driven in turn."""
    return [Turn(SDK, client, partial(_drive, client, origin)) for client in CLIENTS]


def _drive(client: str, origin: Origin, seconds: int) -> Sample:
    command = [sys.executable, "-m", "bench.sdk_driver", client, f"http://127.0.0.1:{origin.port}"]
    try:
        done = subprocess.run(
            [*command, str(seconds * _CALLS_PER_S)],
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProgramFailed(f"{client} did not end within {_TIMEOUT_S} s") from None
    if done.returncode:
        raise ProgramFailed(f"{client} ended with {done.returncode}:\n{done.stderr[-1000:]}")
    sample: dict[str, float] = json.loads(done.stdout)
    return sample
