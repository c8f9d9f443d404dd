"""Where a redirect leads and what may go with it (RFC 9110 §15.4). No I/O."""

import re
from collections.abc import Container, Iterable
from urllib.parse import quote

from widget_service.egress.urls import Url, UrlError, parse_url

Pair = tuple[str, str]

MAX_REDIRECTS = 5
STATUSES = frozenset({301, 302, 303, 307, 308})
FOLLOWED_METHODS = frozenset({"GET", "HEAD"})

_ALWAYS_DROPPED = frozenset({"authorization", "cookie", "proxy-authorization"})
_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_TO_ENCODE = re.compile(r"[ \u0080-\U0010ffff]+")


def redirect_target(url: Url, location: str) -> Url:
    """Return the URL that ``location``, found at ``url``, leads to (RFC 3986 §5.2); raise `UrlError`.

    Its fragment is dropped; spaces and what is not ASCII are percent-encoded, as browsers do.
    """
    reference = location.strip(" \t").partition("#")[0]
    if not reference:
        raise UrlError("it is empty")
    reference = _TO_ENCODE.sub(lambda found: quote(found[0], safe=""), reference)
    target = parse_url(_absolute(url, reference))
    path = _without_dot_segments(target.path)
    return Url(target.scheme, target.host, target.port, path, target.query, target.origin)


def headers_for_other_origin(headers: Iterable[Pair], sensitive: Container[str]) -> list[Pair]:
    """Return what may go to another origin than the one that the headers were made for."""
    return [
        (name, value)
        for name, value in headers
        if (lowercase := name.lower()) not in sensitive and lowercase not in _ALWAYS_DROPPED
    ]


def _absolute(url: Url, reference: str) -> str:
    if _HAS_SCHEME.match(reference):
        return reference
    if reference.startswith("//"):
        return f"{url.scheme}:{reference}"
    if reference.startswith("/"):
        return url.origin + reference
    if reference.startswith("?"):
        return url.origin + (url.path or "/") + reference
    folder = url.path[: url.path.rfind("/") + 1] or "/"
    return url.origin + folder + reference


def _without_dot_segments(path: str) -> str:
    """Return ``path`` with ``.`` and ``..`` taken out (RFC 3986 §5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
