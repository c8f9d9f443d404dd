"""Which core is whose: the proxy under load has one, the load and the origin have another."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    """None where there is only one core: then nothing is pinned, and the figures say little."""

    proxy: int | None
    load: int | None


def choose_cores(available: set[int]) -> Cores:
    """Return the last two of the available cores: the first serves most interrupts."""
    if len(available) < 2:
        return Cores(None, None)
    *_, load, proxy = sorted(available)
    return Cores(proxy=proxy, load=load)


def pin(core: int | None) -> None:
    """Keep this process, and all that it starts from now on, on one core."""
    if core is not None:
        os.sched_setaffinity(0, {core})
