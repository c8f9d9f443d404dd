"""A circuit breaker: a destination that does not answer is left alone for a while. No I/O; time is passed in."""


class Breaker:
    """Opens after ``max_failures`` in a row, and lets one call through each ``open_s`` seconds from then on.

    A call that fails counts only if nothing else succeeded since it began: one slow endpoint of a destination that
    answers everything else closes nothing off. The first success closes the circuit.
    """

    __slots__ = ("_failures", "_last_success", "_max_failures", "_open_s", "_open_until")

    def __init__(self, max_failures: int, open_s: float) -> None:
        self._max_failures = max_failures
        self._open_s = open_s
        self._failures = 0
        self._open_until: float | None = None
        self._last_success = float("-inf")

    @property
    def is_untroubled(self) -> bool:
        """Whether there is nothing to remember."""
        return self._failures == 0

    @property
    def is_open(self) -> bool:
        """Whether the destination is left alone, but for who tries whether it is back."""
        return self._open_until is not None

    def admit(self, now: float) -> float:
        """Return 0 where a call may be made, else the seconds until the next one may.

        In an open circuit the call that is let through is the probe; whatever becomes of it, the next has to wait.
        """
        if self._open_until is None:
            return 0.0
        if now < self._open_until:
            return self._open_until - now
        self._open_until = now + self._open_s
        return 0.0

    def succeeded(self, now: float) -> None:
        """Take note that the destination has answered, whatever it said."""
        self._failures = 0
        self._open_until = None
        self._last_success = now

    def failed(self, began: float, now: float) -> None:
        """Take note that a call which ``began`` then was not answered."""
        if self._last_success >= began:
            return
        self._failures += 1
        if self._failures >= self._max_failures:
            self._open_until = now + self._open_s
