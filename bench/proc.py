"""What ``/proc`` says of a process and all its descendants: CPU time and memory (proc(5))."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
_PARENT, _OWN_TIMES, _CHILDREN_TIMES = 1, slice(11, 13), slice(13, 15)  # counted behind the name
_KIB = 1024


class Stat(NamedTuple):
    """One process. ``own_ticks`` is its CPU time, ``reaped_ticks`` that of children that have ended."""

    pid: int
    parent: int
    own_ticks: int
    reaped_ticks: int


def parse_stat(text: str) -> Stat:
    """Read ``/proc/PID/stat``; the name in parentheses may hold spaces and parentheses itself."""
    pid, _, rest = text.partition(" ")
    fields = rest.rpartition(")")[2].split()
    own, reaped = (sum(map(int, fields[times])) for times in (_OWN_TIMES, _CHILDREN_TIMES))
    return Stat(int(pid), int(fields[_PARENT]), own, reaped)


def parse_status_kib(text: str, name: str) -> int:
    """Return a line of ``/proc/PID/status`` such as ``VmRSS:  1234 kB``; 0 where it is missing."""
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0])
    return 0


def family(root: int, stats: Iterable[Stat]) -> list[Stat]:
    """Return ``root`` and all its descendants."""
    by_parent: dict[int, list[Stat]] = {}
    found: list[Stat] = []
    for stat in stats:
        by_parent.setdefault(stat.parent, []).append(stat)
        if stat.pid == root:
            found.append(stat)
    for member in found:  # grows while it is walked
        found += by_parent.get(member.pid, [])
    return found


def family_pids(root: int) -> list[int]:
    """Return the ids of a process and its descendants."""
    return [stat.pid for stat in family(root, _all_stats())]


def cpu_seconds(root: int) -> float:
    """Return the CPU time that a process and its descendants have used, those that have ended included."""
    ticks = sum(stat.own_ticks + stat.reaped_ticks for stat in family(root, _all_stats()))
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mib(root: int) -> tuple[float, float]:
    """Return the resident memory of a process and its descendants: now, and at its highest.

    Pages that processes share count for each of them.
    """
    now = peak = 0
    for pid in family_pids(root):
        text = _read(PROC / str(pid) / "status")
        now += parse_status_kib(text, "VmRSS")
        peak += parse_status_kib(text, "VmHWM")
    return now / _KIB, peak / _KIB


def _all_stats() -> Iterator[Stat]:
    for folder in PROC.iterdir():
        if folder.name.isdigit() and (text := _read(folder / "stat")):
            yield parse_stat(text)


def _read(file: Path) -> str:
    """A process that ends while it is looked at says nothing."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
