"""What a change at the destination makes unusable (RFC 9111 §4.4), by epochs: entries of another one count no more."""

import secrets
from collections.abc import Callable, Sequence
from urllib.parse import urljoin

from widget_service.caching.headers import Pair, values_of
from widget_service.egress.urls import UrlError, parse_url

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""RFC 9110 §9.2.1."""


def normal_uri(uri: str) -> str:
    """Return a URI in the one spelling by which URIs are compared here (RFC 9110 §4.2.3)."""
    try:
        url = parse_url(uri)
    except UrlError:
        return uri
    return url.origin + url.target


def changed_uris(method: str, uri: str, status: int, headers: Sequence[Pair]) -> list[str]:
    """Return the URIs whose kept answers an exchange has made unusable, each as `normal_uri` makes it, as is ``uri``.

    These are the target's own and those in ``Location`` and ``Content-Location``, as far as they are of its origin.
    """
    if method in SAFE_METHODS or not 200 <= status < 400:
        return []
    named = [*values_of(headers, "location"), *values_of(headers, "content-location")]
    return [uri, *filter(None, (_of_same_origin(uri, reference) for reference in named))]


def _of_same_origin(uri: str, reference: str) -> str | None:
    try:
        base = parse_url(uri)
        target = parse_url(urljoin(uri, reference).partition("#")[0])
    except ValueError:
        return None
    return target.origin + target.target if target.origin == base.origin else None


class Epochs:
    """The epochs of URIs, in the memory of one process.

    Only URIs that were changed are kept. When there are too many of them, all entries there are become unusable
    rather than one that should be.
    """

    def __init__(self, max_kept: int = 10_000) -> None:
        self._max_kept = max_kept
        self._base = ""
        self._of_uri: dict[str, str] = {}

    def of(self, uri: str) -> str:
        """Return the epoch that entries of a URI must have."""
        return self._of_uri.get(uri, self._base)

    def at(self, uri_of: Callable[[], str]) -> str:
        """Return the same of a URI that is made only where any has an epoch of its own."""
        return self._of_uri.get(uri_of(), self._base) if self._of_uri else self._base

    def end(self, uri: str) -> str:
        """Begin a new epoch for a URI, and return it."""
        self.learn(uri, epoch := secrets.token_hex(8))
        return epoch

    def learn(self, uri: str, epoch: str) -> None:
        """Take note of the epoch of a URI, which another process may have begun."""
        if epoch == self._base:
            self._of_uri.pop(uri, None)
            return
        if len(self._of_uri) >= self._max_kept:
            self._of_uri.clear()
            self._base = secrets.token_hex(8)
        self._of_uri[uri] = epoch
