"""The last calls, newest last, for pages that ask for them."""

import time
from collections import deque
from collections.abc import Callable
from typing import Any

_KEPT = 200
_OF_SUMMARY = ("permalink", "method", "status", "ms", "source", "error", "stages")


class CallLog:
    """Keeps the reports of calls. ``on_change`` is told of each one."""

    def __init__(self, on_change: Callable[[], object] = lambda: None) -> None:
        self.on_change = on_change
        self._number = 0
        self._calls: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    def add(self, report: dict[str, Any]) -> None:
        """Keep a report that was made now."""
        self._number += 1
        self._calls.append({"number": self._number, "at_ms": round(time.time() * 1000 - report["ms"]), **report})
        self.on_change()

    def clear(self) -> None:
        """Forget them."""
        self._calls.clear()
        self.on_change()

    def summaries(self, after: int = 0) -> list[dict[str, Any]]:
        """Return the calls after a number, a few fields of each."""
        names = ("number", "at_ms", *_OF_SUMMARY)
        return [{name: call[name] for name in names} for call in self._calls if call["number"] > after]

    def find(self, number: int) -> dict[str, Any] | None:
        """Return one call with all of it."""
        return next((call for call in self._calls if call["number"] == number), None)
