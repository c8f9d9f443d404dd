"""Permalinks: the names by which connectors are called."""

import re

PERMALINK_PATTERN = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
MAX_PERMALINK_LENGTH = 255

_PERMALINK = re.compile(PERMALINK_PATTERN.strip("^$"))
_ANYTHING_ELSE = re.compile(r"[^a-z0-9]+")


def is_permalink(text: str) -> bool:
    """Whether ``text`` can be a permalink."""
    return len(text) <= MAX_PERMALINK_LENGTH and _PERMALINK.fullmatch(text) is not None


def permalink_from_name(name: str) -> str | None:
    """Return the permalink of a definition that has none: its name in lowercase, runs of anything but a-z and 0-9
    as one hyphen. None where that leaves nothing, or too much.
    """
    permalink = _ANYTHING_ELSE.sub("-", name.lower()).strip("-")
    return permalink if is_permalink(permalink) else None
