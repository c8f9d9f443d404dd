"""Entries in the memory of this process: the ones used last, so many bytes at most."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from widget_service.caching.entry import Entry

Key = bytes


@dataclass(frozen=True, slots=True)
class Variants:
    """Stands where entries are under keys of their own, by what a request holds under ``names`` (``Vary``)."""

    names: tuple[str, ...]

    @property
    def size(self) -> int:
        """What it takes in memory, roughly."""
        return 512


class Usage(NamedTuple):
    """What a store holds."""

    entries: int
    bytes: int


class MemoryStore:
    """Keeps entries up to ``max_bytes`` in all."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Key, Entry | Variants] = OrderedDict()
        self._bytes = 0

    @property
    def usage(self) -> Usage:
        """How much it holds now."""
        return Usage(len(self._entries), self._bytes)

    def get(self, key: Key) -> Entry | Variants | None:
        """Return what is kept under ``key``; it is the last to go now."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: Key, entry: Entry | Variants) -> None:
        """Keep an entry in the place of any older one; those that nobody has used for longest go."""
        self.drop(key)
        if entry.size > self._max_bytes:
            return
        self._entries[key] = entry
        self._bytes += entry.size
        while self._bytes > self._max_bytes:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= oldest.size

    def grow(self, key: Key, entry: Entry, more_bytes: int) -> None:
        """Count what an entry takes in addition, or less; where it is kept, others go to make room for that."""
        is_kept = self._entries.get(key) is entry
        if is_kept:
            self.drop(key)
        entry.size += more_bytes
        if is_kept:
            self.put(key, entry)

    def drop(self, key: Key) -> None:
        """Forget an entry, if it is there."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size
