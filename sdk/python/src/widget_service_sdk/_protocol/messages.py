"""What errors say: one line that names the permalink, the reason and the request id, and holds no secret."""

from .wire import Subject

MASK = "••••••"
_MAX_LENGTH = 500
_SHORTEST_SECRET = 6
"""Shorter tokens protect nothing, and masking them would garble words."""


def failure(subject: Subject, reason: str, *facts: str | None) -> str:
    """``connector "weather-api" failed: REASON (FACT, FACT)``; facts that are None are left out."""
    known = ", ".join(fact for fact in facts if fact)
    text = f'connector "{subject.permalink}" failed: {one_line(reason)}{f" ({one_line(known)})" if known else ""}'
    for secret in subject.secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    return text


def one_line(text: str) -> str:
    """The text with every run of white space and control characters as one space, cut at 500 characters."""
    printable = "".join(character if character.isprintable() else " " for character in text[: 2 * _MAX_LENGTH])
    line = " ".join(printable.split())
    return line if len(line) <= _MAX_LENGTH else f"{line[: _MAX_LENGTH - 1]}…"
