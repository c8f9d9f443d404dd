"""Whether a text of others may be shown: no part of a secret in it, and nothing that looks like a token."""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote

from widget_service.templating.masking import Scrubber

RUN = 8
"""So many characters in a row that a secret has too are part of it."""

_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{5,}")


def holds_secret(text: str, hidden: Iterable[str]) -> bool:
    """Whether ``text`` shares something with what is to be hidden."""
    values = [value for value in hidden if value]
    if _JWT.search(text) or Scrubber(values).scrub(text) != text:
        return True
    forms = [form for value in values for form in _forms(value)]
    runs = [text[start : start + RUN] for start in range(len(text) - RUN + 1)]
    return any(run in form for form in forms for run in runs)


def _forms(value: str) -> tuple[str, ...]:
    raw = value.encode("utf-8", "surrogatepass")
    return value, quote(raw, safe=""), *(base64.b64encode(b"\0" * shift + raw).decode() for shift in range(3))
