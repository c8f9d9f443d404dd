"""How much a template may take, and the measure of it: a render cannot be interrupted, so it counts as it goes.

A unit stands for some 100 ns of work. Loops, calls and operations spend units before they do their work; each time a
slice of them is spent, the clock is read, and the memory that the process has grown by. What could be long in one piece
(a text of a million characters, a structure that refers to itself a thousand times) is measured before it is touched,
and refused when the time that is left would not do.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

from jinja2.utils import Namespace

from widget_service.templating.errors import LimitExceeded

SLICE_UNITS: Final = 2_000
UNIT_S: Final = 100e-9
BYTES_PER_UNIT: Final = 1_024
LARGE_BYTES: Final = 256 * 1024
"""An allocation of this size has the memory looked at, as the end of a slice has."""
MAX_INTEGER_BITS: Final = 4_096
MAX_FORMAT_WIDTH: Final = 1_000
MAX_KEY_NODES: Final = 1_000
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_VIEWS: Final[tuple[type, ...]] = (type({}.keys()), type({}.values()), type({}.items()))
_USUAL: Final = frozenset({dict, list})
_PLAIN: Final = frozenset({int, float, bool, type(None)})
"""What JSON has beside texts and containers: told apart at once."""
_CONTAINERS: Final = (list, tuple, dict, set, frozenset, Namespace, *_VIEWS)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one render may take. Texts are counted in characters, memory in bytes allocated, freed ones included.

    ``max_texts`` is the length of all texts made together; ``max_growth`` is what the process itself may grow by: the
    system knows. ``max_expressions`` is the size of a template that may be compiled, which cannot be interrupted.
    """

    time_s: float
    max_text: int
    max_items: int
    max_nodes: int
    max_slow_text: int
    max_texts: int
    max_memory: int
    max_growth: int
    max_expressions: int


IN_PROCESS: Final = Limits(
    time_s=0.025,
    max_text=1024 * 1024,
    max_items=100_000,
    max_nodes=30_000,
    max_slow_text=16 * 1024,
    max_texts=40 * 1024 * 1024,
    max_memory=512 * 1024 * 1024,
    max_growth=40 * 1024 * 1024,
    max_expressions=800,
)
"""For templates that are rendered between other people's calls."""

IN_WORKER: Final = Limits(
    time_s=5.0,
    max_text=64 * 1024 * 1024,
    max_items=2_000_000,
    max_nodes=5_000_000,
    max_slow_text=1024 * 1024,
    max_texts=64 * 1024 * 1024 * 1024,
    max_memory=64 * 1024 * 1024 * 1024,
    max_growth=700 * 1024 * 1024,
    max_expressions=5_000,
)
"""For templates in a process of their own, whose real memory the operating system limits."""


class Budget:
    """What is left for the templates of one request, or of one answer."""

    __slots__ = ("_deadline", "_left", "_memory", "_resident", "_texts", "_time_left_s", "limits")

    def __init__(self, limits: Limits = IN_PROCESS) -> None:
        self.limits = limits
        self._left = SLICE_UNITS
        self._memory = limits.max_memory
        self._texts = limits.max_texts
        self._time_left_s = limits.time_s
        self._deadline = 0.0
        self._resident = 0

    def start(self) -> None:
        """Start the clock for one template."""
        self._deadline = perf_counter() + self._time_left_s

    def stop(self) -> None:
        """Stop the clock: what comes between two templates does not count."""
        self._time_left_s = self._deadline - perf_counter()

    def spend(self, units: int) -> None:
        """Count ``units`` of work that is about to be done."""
        self._left -= units
        if self._left < 0:
            self._left = SLICE_UNITS
            if perf_counter() + (units * UNIT_S if units > SLICE_UNITS else 0) > self._deadline:
                raise LimitExceeded(f"takes longer than {self.limits.time_s * 1000:g} ms")
            self._check_growth()

    def allocate(self, size: int) -> None:
        """Count ``size`` bytes that are about to be allocated, and the work of filling them."""
        self._memory -= size
        if self._memory < 0:
            raise LimitExceeded(f"uses more than {self.limits.max_memory // 1024 // 1024} MiB of memory")
        self.spend(1 + size // BYTES_PER_UNIT)
        if size >= LARGE_BYTES:
            self._check_growth()

    def _check_growth(self) -> None:
        """What is counted as allocated may be freed long since: what the process holds, only the system knows."""
        resident = resident_bytes()
        if not self._resident:
            self._resident = resident
        elif resident - self._resident > self.limits.max_growth:
            raise LimitExceeded(f"uses more than {self.limits.max_growth // 1024 // 1024} MiB of memory")

    def text(self, length: int) -> None:
        """Count a text of ``length`` characters that is about to be made."""
        if length > self.limits.max_text:
            raise LimitExceeded(f"makes a text of more than {self.limits.max_text:,} characters")
        self._texts -= length
        if self._texts < 0:
            raise LimitExceeded(f"makes texts of more than {self.limits.max_texts:,} characters together")
        self.allocate(length)

    def items(self, count: int) -> None:
        """Count a list or dict of ``count`` items that is about to be made."""
        if count > self.limits.max_items:
            raise LimitExceeded(f"makes a list of more than {self.limits.max_items:,} items")
        self.allocate(count * 16)

    def slow_text(self, value: Any) -> None:
        """Refuse a text that is too long for what works through it character by character."""
        if isinstance(value, str):
            if len(value) > self.limits.max_slow_text:
                raise LimitExceeded(f"works through a text of more than {self.limits.max_slow_text:,} characters")
            self.spend(len(value) // 4)

    def measure(self, value: Any) -> int:
        """Count what something costs that visits all of ``value``; return the length of all its texts together.

        A structure that holds another one twice is counted twice: whoever prints or compares it visits it twice.
        """
        if isinstance(value, str):
            return len(value)
        if not isinstance(value, _CONTAINERS):
            return 0
        nodes, text = size_of(value, self.limits.max_nodes)
        if nodes > self.limits.max_nodes:
            raise LimitExceeded(f"works on a structure of more than {self.limits.max_nodes:,} values")
        if text > self.limits.max_text:
            raise LimitExceeded(f"works on more than {self.limits.max_text:,} characters at once")
        self.spend(nodes + text // BYTES_PER_UNIT)
        return text

    def counted(self, iterable: Any, units: int = 1, size: int = 0) -> Iterator[Any]:
        """Iterate, spending ``units`` and allocating ``size`` for each item."""
        for item in iterable:
            self.spend(units)
            if size:
                self.allocate(size)
            yield item


def check_key(key: Any) -> None:
    """Refuse a tuple that would take long to hash: Python hashes all of it, each time anew."""
    if isinstance(key, tuple) and size_of(key, MAX_KEY_NODES)[0] > MAX_KEY_NODES:
        raise LimitExceeded("uses a structure of many values as the key of a dict")


def resident_bytes() -> int:
    """Return the memory that this process holds, as Linux tells it; 0 where it does not."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return 0


def parts_of(value: Any) -> Any:
    """Return what a container holds: of a namespace, the dict of its attributes."""
    if isinstance(value, Namespace):
        return object.__getattribute__(value, "_Namespace__attrs")
    return value


def size_of(value: Any, max_nodes: int) -> tuple[int, int]:
    """Return the number of values inside of ``value`` and the length of its texts; stop beyond ``max_nodes``."""
    waiting = [value] if isinstance(value, _CONTAINERS) else []
    nodes = 1
    text = len(value) if isinstance(value, str) else 0
    while waiting and nodes <= max_nodes:
        current: Any = waiting.pop()
        if type(current) not in _USUAL:
            current = parts_of(current)
        nodes += len(current)
        if nodes > max_nodes:
            break
        values: Iterable[Any] = current
        if isinstance(current, dict):
            for key in current:
                if type(key) is str or isinstance(key, str):
                    text += len(key)
                elif isinstance(key, tuple):
                    waiting.append(key)
            values = current.values()
        for item in values:
            kind = type(item)  # the usual ones first, told apart without a call
            if kind is str:
                text += len(item)
            elif kind in _USUAL:
                waiting.append(item)
            elif kind in _PLAIN:
                continue
            elif isinstance(item, str):
                text += len(item)
            elif isinstance(item, _CONTAINERS):
                waiting.append(item)
    return nodes, text
