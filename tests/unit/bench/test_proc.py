"""Reading CPU time and memory of processes from ``/proc``."""

import os
import subprocess
import sys

import pytest

from bench.proc import Stat, cpu_seconds, family, family_pids, parse_stat, parse_status_kib, resident_mib

TAIL = "0 -1 4194560 1 2 3 4 {times} 20 0 1 0 100 1000 10"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"12 (nginx) S 1 12 12 {TAIL.format(times='30 4 7 1')}", Stat(12, 1, 34, 8)),
        (f"99 (a b) (c) R 12 12 12 {TAIL.format(times='0 0 0 0')}", Stat(99, 12, 0, 0)),
    ],
    ids=["plain", "a name with spaces and parentheses"],
)
def test_a_stat_line_is_read(text, expected):
    assert parse_stat(text) == expected


def test_a_family_is_a_process_and_all_its_descendants():
    stats = [Stat(5, 4, 0, 0), Stat(2, 1, 0, 0), Stat(4, 2, 0, 0), Stat(3, 1, 0, 0), Stat(6, 3, 0, 0)]
    assert {stat.pid for stat in family(2, stats)} == {2, 4, 5}
    assert family(77, stats) == []


@pytest.mark.parametrize(("name", "expected"), [("VmRSS", 1234), ("VmHWM", 2000), ("VmSwap", 0)])
def test_memory_is_read_by_its_name(name, expected):
    assert parse_status_kib("Name:\tx\nVmHWM:\t    2000 kB\nVmRSS:\t    1234 kB\n", name) == expected


def test_a_real_child_is_counted():
    """A child that has worked is in the family while it runs, and its CPU time counts after it has ended."""
    before_s = cpu_seconds(os.getpid())
    work = "import time, sys\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\nsys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"done\n"
        assert child.pid in family_pids(os.getpid())
        assert cpu_seconds(os.getpid()) - before_s >= 0.28
        now_mib, peak_mib = resident_mib(child.pid)
        assert 1 < now_mib <= peak_mib
        child.stdin.close()
    assert cpu_seconds(os.getpid()) - before_s >= 0.28
