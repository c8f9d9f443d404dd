"""Which headers of a request choose among the answers to one URL (RFC 9111 §4.1)."""

from collections.abc import Mapping, Sequence
from typing import Final

from widget_service.caching.headers import Pair, members

ANY: Final = ("*",)
"""No request but the very one that was made can be answered: ``Vary: *``."""


def vary_names(headers: Sequence[Pair]) -> tuple[str, ...]:
    """Return the lowercase names, sorted, each once; `ANY` where one is ``*``."""
    names = members(headers, "vary")
    if not names:
        return ()
    return ANY if "*" in names else tuple(sorted(set(names)))


def selecting_values(names: Sequence[str], headers: Mapping[str, str]) -> tuple[str | None, ...]:
    """Return what a request's ``headers`` (lowercase names) hold under ``names``, in a form that can be compared."""
    return tuple(_normalised(name, headers.get(name)) for name in names)


def _normalised(name: str, value: str | None) -> str | None:
    """White space around the members of a list means nothing; nor do case and order where languages are listed."""
    if value is None:
        return None
    parts = [part.strip() for part in value.split(",")]
    if name == "accept-language":
        parts = sorted("".join(part.lower().split()) for part in parts)
    return ", ".join(parts)
