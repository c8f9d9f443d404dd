"""Moments as pages show them: how long ago, and when exactly."""

from datetime import datetime
from typing import Final

from markupsafe import Markup

_UNITS: Final = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def moment(at: datetime | None, now: datetime) -> Markup:
    """Return a moment as a ``<time>``, ``now`` being the moment of the page; a dash for None."""
    if at is None:
        return Markup('<span class="none">–</span>')
    exact = at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, exact, ago(at, now))


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago, or in how long, by the largest unit."""
    seconds = (now - at).total_seconds()
    size = abs(seconds)
    if size < 1:
        return "now"
    length, unit = next((length, unit) for length, unit in _UNITS if size >= length)
    told = f"{int(size // length)} {unit}"
    return f"{told} ago" if seconds > 0 else f"in {told}"
