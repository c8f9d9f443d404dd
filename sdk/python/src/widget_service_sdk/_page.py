"""The page that the code runs in, when Python runs inside a browser (Pyodide, PyScript)."""

import sys
from typing import Any

CSRF_ELEMENT_ID = "csrftoken"

_PLATFORM: str = sys.platform


class Page:
    """The browser's side of the code: ``js`` is Pyodide's module of that name, or something like it."""

    def __init__(self, js: Any) -> None:
        self._js = js

    @property
    def origin(self) -> str | None:
        """The origin of the page or worker; None where there is no location, as in Node.js."""
        return _text(getattr(getattr(self._js, "location", None), "origin", None))

    def csrf_token(self) -> str | None:
        """The token in the element whose id is ``csrftoken``: its ``content``, else its ``value``, else its text.

        Looked up anew each time, since a page may render the element late; None in a worker, which has no document.
        """
        document = getattr(self._js, "document", None)
        find = getattr(document, "getElementById", None)
        element = find(CSRF_ELEMENT_ID) if find else None
        # Where there is no such element, Pyodide gives None or `jsnull`, by version: neither has attributes.
        attribute = getattr(element, "getAttribute", None)
        if attribute is None:
            return None
        candidates = (attribute("content"), getattr(element, "value", None), getattr(element, "textContent", None))
        return next((text for text in map(_text, candidates) if text), None)


def current_page() -> Page | None:
    """The page, or None outside of WebAssembly."""
    if _PLATFORM != "emscripten":
        return None
    import js

    return Page(js)


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
