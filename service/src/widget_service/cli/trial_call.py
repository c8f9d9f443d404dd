"""The options of ``execute`` as a call: pairs, a payload and a user."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from widget_service.cli.refusals import wrong_usage
from widget_service.identity.users import User

Pair = tuple[str, str]

_EXAMPLE = """'{"id": "u-1", "email": "anna@example.com"}'"""


def pairs(option: str, entries: Iterable[str] | None) -> list[Pair]:
    """Return ``KEY=VALUE`` entries as pairs; an entry without a key or '=' is wrong usage."""
    found = []
    for entry in entries or ():
        key, separator, value = entry.partition("=")
        if not separator or not key:
            wrong_usage(f"{option} takes KEY=VALUE; {entry!r} is none.")
        found.append((key, value))
    return found


def payload_of(text: str | None) -> bytes:
    """Return the body that ``--payload`` names: JSON, or ``@FILE`` and ``@-`` with any content."""
    if text is None:
        return b""
    if text == "@-":
        return sys.stdin.buffer.read()
    if text.startswith("@"):
        return Path(text[1:]).read_bytes()
    if not is_json(text):
        wrong_usage("--payload is no JSON; give JSON in quotes, or @FILE for anything else.")
    return text.encode()


def with_content_type(headers: list[Pair], body: bytes) -> list[Pair]:
    """Return the headers, announcing a body of JSON as such unless they say something else."""
    if not body or any(name.lower() == "content-type" for name, _ in headers) or not is_json(body):
        return headers
    return [*headers, ("Content-Type", "application/json")]


def user_of(text: str | None, known: Iterable[User] = ()) -> User | None:
    """Return the user that ``--user`` names: a JSON object, or the id of one of the ``known``."""
    by_id = {user.id: user for user in known}
    if text is None or text in by_id:
        return by_id[text] if text is not None else None
    user = _user_from_json(text)
    if user is None:
        or_id = f", or the id of a user of dev.toml: {', '.join(by_id)}" if by_id else ""
        wrong_usage(f"--user takes a JSON object with an id, such as {_EXAMPLE}{or_id}.")
    return user


def _user_from_json(text: str) -> User | None:
    try:
        value: Any = json.loads(text)
        return User.from_dict(value) if isinstance(value, dict) else None
    except (ValueError, KeyError, AttributeError):
        return None


def is_json(text: str | bytes) -> bool:
    """Whether a body is JSON."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
