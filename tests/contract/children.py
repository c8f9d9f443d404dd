"""Starting and ending the other processes of these tests."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = Path(__file__).with_name("programs.py")


@contextmanager
def child(program: str, url: str, argument: str = "") -> Iterator["subprocess.Popen[str]"]:
    """Run one of the programs; it is killed (SIGKILL) at the end, unless it has ended."""
    process = subprocess.Popen(
        [sys.executable, str(PROGRAMS), program, url, argument],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def say(process: "subprocess.Popen[str]", line: str) -> None:
    """Write a line to the child."""
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def hear(process: "subprocess.Popen[str]") -> str:
    """Return the next line of the child."""
    assert process.stdout is not None
    return process.stdout.readline().strip()
