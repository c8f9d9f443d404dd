"""Which steps run now, and what becomes of the others when one fails: as if they ran in order. No I/O.

A failure ends what comes after it. What comes before goes on, because it may fail too, and then its error counts.
"""

from widget_service.execution.composite.graph import Needs

MAX_AT_A_TIME = 32
"""Steps of one execution that run side by side."""


class Schedule:
    """Keeps the state of each step by its index; whoever runs them tells what becomes of them."""

    def __init__(self, needs: Needs) -> None:
        self._needs = list(needs)
        self._waiting = set(range(len(needs)))
        self._running: set[int] = set()
        self._done: set[int] = set()
        self._crowding: dict[int, set[int]] = {}
        self.failed_in: int | None = None
        """The first step, in their order, that has failed."""
        self.error: Exception | None = None
        """What the first step, in their order, has failed with."""

    @property
    def is_over(self) -> bool:
        """Whether nothing runs and nothing will."""
        return not self._running and not self._startable()

    @property
    def first_unfinished(self) -> int:
        """The step that would run now if all ran in order."""
        return min(self._running | self._waiting, default=len(self._needs) - 1)

    def start(self) -> list[int]:
        """Return the steps that begin now, in their order; they count as running."""
        started = self._startable()[: MAX_AT_A_TIME - len(self._running)]
        self._running.update(started)
        self._waiting.difference_update(started)
        return started

    def done(self, index: int) -> None:
        """Take note that a step is over, and what follows may go on."""
        self.ended(index)
        self._done.add(index)

    def failed(self, index: int, error: Exception) -> list[int]:
        """Take note of a failure; return the running steps that are to be broken off: they would not have begun."""
        self.ended(index)
        self._done.discard(index)
        if self.failed_in is None or index <= self.failed_in:
            self.failed_in, self.error = index, error
        return sorted(running for running in self._running if running > self.failed_in)

    def ended(self, index: int) -> None:
        """Take note that a step runs no more."""
        self._running.discard(index)
        for crowding in self._crowding.values():
            crowding.discard(index)

    def is_in_turn(self, index: int) -> bool:
        """Whether all steps before it are over."""
        return all(before in self._done for before in range(index))

    def postpone(self, index: int) -> bool:
        """Have a step that others may have crowded out begin again, in its turn and without them; False: it was alone.

        In order it would have been alone.
        """
        self.ended(index)
        if index not in self._waiting and not self._running and self.is_in_turn(index):
            return False
        self._crowding[index] = set(self._running)
        self._waiting.add(index)
        self._needs[index] = frozenset(range(index))
        return True

    def goes_on(self, index: int) -> None:
        """Take note that a step which was over runs once more."""
        self._done.discard(index)
        self._running.add(index)

    def begin_again(self, index: int) -> None:
        """Have a step that runs no more begin again when all before it are over."""
        self.ended(index)
        self._done.discard(index)
        self._waiting.add(index)
        self._needs[index] = frozenset(range(index))

    def _startable(self) -> list[int]:
        end = len(self._needs) if self.failed_in is None else self.failed_in
        return sorted(index for index in self._waiting if index < end and self._is_ready(index))

    def _is_ready(self, index: int) -> bool:
        return self._needs[index] <= self._done and not self._crowding.get(index)
