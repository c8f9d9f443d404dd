"""Which step waits for which: what its templates read, and the order of what has side effects. No I/O."""

from collections.abc import Sequence
from functools import lru_cache

from widget_service.connectors.compiling_composites import CompiledStep

SAFE_METHODS = frozenset({"GET", "HEAD"})
"""Methods that ask for nothing but an answer (RFC 9110 §9.2.1), and whose steps may run beside others."""

Needs = tuple[frozenset[int], ...]


def needs_of(steps: Sequence[CompiledStep], methods: Sequence[str]) -> Needs:
    """Return for each step the indices of those that must be over before it begins.

    ``methods`` are those of the requests, which a step that runs a stored connector does not know itself.
    """
    barriers = [method not in SAFE_METHODS and not step.parallel for step, method in zip(steps, methods, strict=True)]
    return needs_between(tuple(step.reads for step in steps), tuple(barriers))


@lru_cache(maxsize=1024)
def needs_between(reads: tuple[frozenset[int], ...], barriers: tuple[bool, ...]) -> Needs:
    """Return what each step waits for: what it reads and the barrier before it; a barrier waits for all before it."""
    needs: list[frozenset[int]] = []
    barrier: frozenset[int] = frozenset()
    for index, (read, is_barrier) in enumerate(zip(reads, barriers, strict=True)):
        needs.append(frozenset(range(index)) if is_barrier else read | barrier)
        if is_barrier:
            barrier = frozenset({index})
    return tuple(needs)


def ranks_of(needs: Needs) -> list[int]:
    """Return how many steps must be over, one after the other, before each can begin."""
    ranks: list[int] = []
    for needed in needs:
        ranks.append(max((ranks[index] + 1 for index in needed), default=0))
    return ranks
