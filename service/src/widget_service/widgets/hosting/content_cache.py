"""Keeping content by the strategy of its definition: which answers may be used again, and until when."""

from collections import OrderedDict
from math import inf
from typing import NamedTuple

from widget_service.widgets.definition import Content

MAX_KEPT_BYTES = 32 * 1024 * 1024


class _Kept(NamedTuple):
    html: str
    size: int
    until_s: float


class ContentCache:
    """Remembers answers by the request that they are to, at most `MAX_KEPT_BYTES` of them. Times are seconds."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, _Kept] = OrderedDict()
        self._size = 0

    def get(self, key: object, now_s: float) -> str | None:
        """Return what is kept for a request, unless its time is over."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if now_s >= kept.until_s:
            self._forget(key)
            return None
        self._kept.move_to_end(key)
        return kept.html

    def put(self, key: object, html: str, *, lifetime_s: float, now_s: float) -> None:
        """Keep an answer for a while; the ones that were used longest ago make room."""
        self._forget(key)
        size = len(html.encode())
        if lifetime_s <= 0 or size > MAX_KEPT_BYTES:
            return
        self._kept[key] = _Kept(html, size, now_s + lifetime_s)
        self._size += size
        while self._size > MAX_KEPT_BYTES:
            self._forget(next(iter(self._kept)))

    def _forget(self, key: object) -> None:
        if (kept := self._kept.pop(key, None)) is not None:
            self._size -= kept.size


def lifetime_s(content: Content) -> float:
    """Return how long an answer may be used again: ``none`` and ``no-cache`` ask each time, as does no strategy."""
    match content.cache_strategy:
        case "permanent":
            return inf
        case "ttl":
            return float(content.cache_ttl_seconds or 0)
        case _:
            return 0.0
