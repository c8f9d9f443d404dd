"""Telling open pages what changed, by server-sent events (WHATWG HTML §9.2)."""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

MAX_STREAM_S = 30.0
RECONNECT_MS = 200
_KEPT_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Change:
    """One event; ``data`` is JSON on one line."""

    number: int
    name: str
    data: str = "null"


class ChangeFeed:
    """Remembers what changed, so that a page that connects again misses nothing.

    A stream ends after `MAX_STREAM_S`, and the browser connects again at once: one whose page is gone is not kept.
    After `close` every stream ends, so that a server need not wait for open pages when it stops.
    """

    def __init__(self) -> None:
        self._epoch = secrets.token_hex(4)
        self._number = 0
        self._forgotten = 0
        self._changes: deque[Change] = deque()
        self._published = asyncio.Event()
        self._is_closed = False

    @property
    def position(self) -> str:
        """Where a page that is rendered now begins to listen; also the id of the last event."""
        return f"{self._epoch}-{self._number}"

    def publish(self, name: str, data: str = "null", *, replaces: bool = False) -> None:
        """Tell all pages; ``data`` is JSON on one line. What ``replaces`` stands for all earlier ones of its name."""
        if replaces:
            self._changes = deque(change for change in self._changes if change.name != name)
        self._number += 1
        self._changes.append(Change(self._number, name, data))
        if len(self._changes) > _KEPT_CHANGES:
            self._forgotten = self._changes.popleft().number
        self._wake()

    def close(self) -> None:
        """End all streams, those that begin later too."""
        self._is_closed = True
        self._wake()

    async def stream(self, position: str | None) -> AsyncIterator[str]:
        """Yield the events after ``position``; one that is not known, as after a restart, means: load the page anew."""
        number = self._number_of(position)
        yield f"retry: {RECONNECT_MS}\n\n"
        if number is None:
            yield self._event(Change(self._number, "page"))
            return
        end = asyncio.get_running_loop().time() + MAX_STREAM_S
        while not self._is_closed and asyncio.get_running_loop().time() < end:
            published = self._published
            for change in [change for change in self._changes if change.number > number]:
                number = change.number
                yield self._event(change)
            try:
                async with asyncio.timeout_at(end):
                    await published.wait()
            except TimeoutError:
                return

    def _wake(self) -> None:
        self._published.set()
        self._published = asyncio.Event()

    def _number_of(self, position: str | None) -> int | None:
        epoch, _, number = (position or self.position).partition("-")
        if epoch != self._epoch or not number.isdecimal():
            return None
        return int(number) if self._forgotten <= int(number) <= self._number else None

    def _event(self, change: Change) -> str:
        return f"id: {self._epoch}-{change.number}\nevent: {change.name}\ndata: {change.data}\n\n"
