"""How far a long check is: one line on a terminal that is written over, and gone when the check is done."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_FIRST_AFTER_S = 1.0
_EVERY_S = 0.2
_CLEAR = "\r\x1b[K"

OnProgress = Callable[[int, int], None]
"""The same as that of the checks, whose import takes long."""


class ProgressLine:
    """Writes the line to ``stream``: from the first second on, a few times in each."""

    def __init__(self, stream: TextIO, *, now: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._now = stream, now
        self._next = now() + _FIRST_AFTER_S
        self._is_shown = False

    def tell(self, done: int, count: int) -> None:
        """Show how far it is, if it is time to."""
        if self._now() < self._next:
            return
        self._next, self._is_shown = self._now() + _EVERY_S, True
        self._stream.write(f"{_CLEAR}Checked {done} of {count} definitions …")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._stream.write(_CLEAR)
            self._stream.flush()


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator[OnProgress | None]:
    """Show progress while the block runs, on standard error; None where that is no terminal."""
    stream = stream or sys.stderr
    if not stream.isatty():
        yield None
        return
    line = ProgressLine(stream)
    try:
        yield line.tell
    finally:
        line.clear()
