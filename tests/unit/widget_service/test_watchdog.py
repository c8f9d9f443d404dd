"""A process whose event loop stands still is ended, whatever it does; one that comes round is not."""

import subprocess
import sys

PROGRAM = """
import asyncio
from widget_service.watchdog import Watchdog

async def main():
    watchdog = Watchdog(stalled_s=0.5)
    await watchdog.start()
    await asyncio.sleep(1.2)
    print("came round", flush=True)
    {then}
    await watchdog.stop()
    await asyncio.sleep(0.8)

asyncio.run(main())
"""


def run(then: str) -> subprocess.CompletedProcess[str]:
    program = PROGRAM.replace("{then}", then)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)


def test_a_loop_that_comes_round_is_left_alone():
    done = run("pass")
    assert (done.returncode, done.stdout, done.stderr) == (0, "came round\n", "")


def test_one_that_stands_still_in_a_single_call_is_ended():
    """Searching backwards so holds the interpreter's lock for hours: no Python could end it."""
    done = run("('a' * 4000000).rfind('ab' + 'a' * 1000000)")
    assert done.returncode == 1
    assert done.stdout == "came round\n"
    assert "Timeout" in done.stderr
    assert "aaaa" not in done.stderr
