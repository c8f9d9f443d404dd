"""Python's garbage collector, set for a process that keeps what it has loaded and makes little that is circular."""

import gc

_YOUNG_OBJECTS = 20_000


def settle() -> None:
    """Leave what start-up has made out of all later collections, and collect seldom: each one holds up all calls."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 50)
