"""What the answer to a HEAD tells of a kept answer to GET (RFC 9111 §4.3.5)."""

import time

from widget_service.caching.answers import Answer
from widget_service.caching.engine import HttpCache
from widget_service.caching.entry import Entry
from widget_service.caching.freshness import Times
from widget_service.caching.headers import Pair, value_of
from widget_service.caching.request import CacheRequest

_FIRST_ERROR = 500


async def note_head(cache: HttpCache, request: CacheRequest, answer: Answer) -> None:
    """Freshen what is kept where the answer speaks of the same; make it unusable where it speaks of another."""
    entry = cache.peek(request)
    if entry is None or answer.status >= _FIRST_ERROR:
        return
    if answer.status == entry.status and _is_same(entry, answer.headers):
        now = time.time()
        cache.update(request, entry, answer.headers, Times(now, now))
    else:
        await cache.forget(request.uri)


def _is_same(entry: Entry, headers: list[Pair]) -> bool:
    known = {"etag": entry.etag, "last-modified": entry.last_modified, "content-length": str(len(entry.body))}
    return all(value_of(headers, name) in (None, value) for name, value in known.items())
