"""What was verified once and stays so: bounded by how many there are and by how long they are."""

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """Values by text; those that were asked for last stay."""

    def __init__(self, *, max_entries: int = 10_000, max_characters: int = 16 * 1024 * 1024) -> None:
        self._max_entries, self._max_characters = max_entries, max_characters
        self._values: OrderedDict[tuple[str, str], T] = OrderedDict()
        self._characters = 0

    def get(self, of: str, text: str) -> T | None:
        """Return what is known of ``text``, a credential of the tenant ``of``."""
        key = (of, text)
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, of: str, text: str, value: T) -> None:
        """Remember ``value``, and forget the oldest where there are too many."""
        key = (of, text)
        if key not in self._values:
            self._characters += len(text)
        self._values[key] = value
        while len(self._values) > self._max_entries or self._characters > self._max_characters:
            (_, oldest), _ = self._values.popitem(last=False)
            self._characters -= len(oldest)

    def __len__(self) -> int:
        return len(self._values)
