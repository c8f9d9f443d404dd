"""Content that another host makes for a widget: fetched through the guard, kept by its strategy, a fragment here."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from widget_service.widgets.definition import Content
from widget_service.widgets.hosting.asset import Asset, asset
from widget_service.widgets.hosting.content_cache import ContentCache, lifetime_s
from widget_service.widgets.hosting.folder import MAX_FILE_BYTES
from widget_service.widgets.hosting.fragment import host_fragment
from widget_service.widgets.hosting.widget_files import WIDGETS_URL, url_segment

if TYPE_CHECKING:
    from widget_service.egress import UpstreamClient, UpstreamRequest

CONTENT_ENTRY = "content.html"
_MAX_FETCHES = 16
_MAX_HOSTED = 200
_CHARSET = "charset="


class ContentUnusable(Exception):
    """The endpoint answered with something that is no content; the text says what."""


@dataclass(frozen=True, slots=True)
class HostedContent:
    """The HTML of a widget for some props; ``base`` is the path of its inline modules, as in `HostedWidget`."""

    html: str
    base: str
    assets: Mapping[str, Asset]


class ContentHost:
    """Fetches content with ``client`` and remembers the inline modules of what it handed out last."""

    def __init__(self, client: "UpstreamClient", *, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._clock = client, clock
        self._cache = ContentCache()
        self._hosted: OrderedDict[str, HostedContent] = OrderedDict()
        self._places = asyncio.Semaphore(_MAX_FETCHES)
        self._turns: WeakValueDictionary[object, asyncio.Lock] = WeakValueDictionary()

    async def content(self, type_: str, content: Content, props: Mapping[str, Any]) -> HostedContent:
        """Return the content for ``props``; raise `ContentUnusable`, or a `ServiceError` of the egress."""
        from widget_service.widgets.hosting.content_request import content_request  # loads libcurl

        return self._host(type_, await self._html(content, content_request(content, props)))

    def asset(self, path: str) -> Asset | None:
        """Return the inline module at the path of a URL, if it is one of what was handed out last."""
        base = path.rpartition("/")[0] + "/"
        hosted = self._hosted.get(base)
        return hosted.assets.get(path) if hosted else None

    async def _html(self, content: Content, request: "UpstreamRequest") -> str:
        lifetime = lifetime_s(content)
        if lifetime <= 0:
            return await self._fetch(request)
        key = (request.method, request.url, tuple(request.headers), request.body, lifetime)
        turn = self._turns.setdefault(key, asyncio.Lock())
        async with turn:  # of many instances on a page, one asks
            html = self._cache.get(key, self._clock())
            if html is None:
                html = await self._fetch(request)
                self._cache.put(key, html, lifetime_s=lifetime, now_s=self._clock())
            return html

    async def _fetch(self, request: "UpstreamRequest") -> str:
        async with self._places:
            return await self._exchange(request)

    async def _exchange(self, request: "UpstreamRequest") -> str:
        answer = await self._client.send(request)
        try:
            if not 200 <= answer.status < 300:
                raise ContentUnusable(f"answered with status {answer.status}")
            body = await answer.read(MAX_FILE_BYTES)
        finally:
            await answer.aclose()
        try:
            return body.decode(_charset(answer.headers))
        except (UnicodeDecodeError, LookupError):
            raise ContentUnusable("answered with text that is not in the encoding that it names, or UTF-8") from None

    def _host(self, type_: str, html: str) -> HostedContent:
        digest = sha256(html.encode()).hexdigest()[:16]
        base = f"{WIDGETS_URL}{url_segment(type_)}/content-{digest}/"
        hosted = self._hosted.get(base)
        if hosted is None:
            fragment = host_fragment(html, entry=CONTENT_ENTRY, files=(), base=base)
            modules = {base + name: asset(name, code.encode()) for name, code in fragment.modules.items()}
            hosted = self._hosted[base] = HostedContent(fragment.html, base, modules)
        self._hosted.move_to_end(base)
        if len(self._hosted) > _MAX_HOSTED:
            self._hosted.popitem(last=False)
        return hosted


def _charset(headers: list[tuple[str, str]]) -> str:
    """Return the encoding that the answer names; without one, UTF-8, whose mark is left out."""
    types = (value for name, value in headers if name.lower() == "content-type")
    parameters = next(types, "").lower().split(";")[1:]
    named = (part.strip().removeprefix(_CHARSET).strip('"') for part in parameters if part.strip().startswith(_CHARSET))
    charset = next(named, "utf-8")
    return "utf-8-sig" if charset in ("utf-8", "utf8", "") else charset
