"""A rate, and what is left of it."""

from dataclasses import dataclass

WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Rate:
    """``limit`` times a minute for whatever ``key`` names; ``name`` is what callers are told it is called.

    A minute begins with the first time, and what is counted then starts anew when it is over.
    """

    name: str
    key: str
    limit: int
    times: int = 1
    """How many times it is done now."""
    pool: str = ""
    """Keys of one pool are bounded together: too many of one push out none of another."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a rate stands: what is left, and the seconds until it starts anew."""

    rate: Rate
    remaining: int
    resets_in_s: float
