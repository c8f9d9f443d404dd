"""Hiding secrets in what is shown: by their place where it is known, else by their value."""

import base64
import html
import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus

from widget_service.templating.template import Template

MASK: Final = "•" * 6
_MIN_LENGTH: Final = 4
"""Shorter values stand in any text by chance."""

_ESCAPE: Final = re.compile("%[0-9A-F]{2}")
_HTML_IN_JSON: Final = str.maketrans({character: f"\\u{ord(character):04x}" for character in "<>&"})


def shows_value(template: Template) -> bool:
    """Whether what a template renders may be shown: it reads no secret and signs nothing."""
    reads = template.reads
    return not (reads.secrets or "get_secret" in reads.indirect or "jwt_encode" in reads.names)


class Scrubber:
    """Replaces secrets in texts, also those that were encoded on the way."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in values if len(value) >= _MIN_LENGTH for form in _forms(value)}
        self._forms = sorted(forms, key=len, reverse=True)

    def scrub(self, text: str) -> str:
        """Return ``text`` with the mask in the place of every secret."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def scrub_bytes(self, data: bytes, mask: bytes) -> bytes:
        """Return bytes that are no text, with ``mask`` in the place of every secret."""
        for form in self._forms:
            data = data.replace(form.encode("utf-8", "surrogatepass"), mask)
        return data


def _forms(value: str) -> Iterable[str]:
    raw = value.encode("utf-8", "surrogatepass")
    yield value
    yield value.strip()
    for escaped in _json_forms(value):
        yield escaped
        yield from _json_forms(escaped)  # JSON within a text of JSON
    yield from _html_forms(value)
    for safe in ("", "/", "-._~!$'()*,;:@/?[]"):
        quoted = quote(value, safe=safe, errors="surrogatepass")
        yield quoted
        yield _ESCAPE.sub(lambda escape: escape[0].lower(), quoted)
        yield quote(quoted, safe="")  # a URL within the query of a URL
    yield quote_plus(value, errors="surrogatepass")
    yield raw.hex()
    yield raw.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        # In a longer text the first and last characters depend on what is beside; those between do not.
        for shift in range(3):
            text = encode(b"\0" * shift + raw).decode().rstrip("=")
            inner = text[(0, 2, 3)[shift] :][: -1 if (len(raw) + shift) % 3 else None]
            if len(inner) >= _MIN_LENGTH:
                yield inner


def _json_forms(value: str) -> Iterable[str]:
    """Yield ``value`` as JSON writers escape it: PHP also slashes, Go and Rails also what means something in HTML."""
    for is_ascii in (True, False):
        escaped = json.dumps(value, ensure_ascii=is_ascii)[1:-1]
        yield escaped
        yield escaped.replace("/", "\\/")
        yield escaped.translate(_HTML_IN_JSON)


def _html_forms(value: str) -> Iterable[str]:
    """Yield ``value`` as HTML writers escape it: quotes have a name or a number."""
    escaped = html.escape(value)
    yield escaped
    yield escaped.replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    yield escaped.replace("&#x27;", "&#39;")
    yield html.escape(value, quote=False)
