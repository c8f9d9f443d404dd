"""A plain caching reverse proxy (RFC 9110 §3.7) over the cache and the client of the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from hashlib import blake2b
from ipaddress import ip_network

from widget_service.caching.answers import Answer
from widget_service.caching.directives import RequestDirectives, request_directives
from widget_service.caching.engine import HttpCache, NotCached
from widget_service.caching.headers import NOT_STORED, Pair, members, without
from widget_service.caching.invalidation import normal_uri
from widget_service.caching.request import CacheRequest, Fetch, How, Result
from widget_service.caching.storing import Rules
from widget_service.egress import EgressPolicy, UpstreamClient, UpstreamRequest
from widget_service.errors import ServiceError
from widget_service.http import BodyCutOff, Message, Receive, Scope, Send, decode_headers, read_body
from widget_service.settings import Settings
from widget_service.testing.delivery import deliver, deliver_stored, deliver_text
from widget_service.testing.head_requests import note_head

_NOT_FORWARDED = NOT_STORED | {"host", "content-length", "expect"}
_FOR_THE_ORIGIN = frozenset({"if-match", "if-unmodified-since"})
_CONDITIONS = frozenset({"if-none-match", "if-modified-since"})
_PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


class ReverseProxy:
    """The ASGI application. All final statuses are kept that say how long."""

    def __init__(self, origin: str, settings: Settings) -> None:
        self._origin, self._settings = origin, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or take part in the server's lifespan."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            try:
                await self._answer(scope, receive, send)
            except BodyCutOff:
                await deliver_text(send, 400, "The body broke off before it was complete.")
            except NotCached:
                await deliver_text(send, 504, "There is no kept answer that may be used.")
            except ServiceError as error:
                await deliver_text(send, 504 if error.code == "UPSTREAM_TIMEOUT" else 502, error.detail)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message: Message = await receive()
            if message["type"] == "lifespan.startup":
                self._client = UpstreamClient(EgressPolicy(allow_insecure=True, allowed_private_networks=_PRIVATE))
                self._cache = HttpCache(
                    max_bytes=self._settings.cache_max_bytes, max_entry_bytes=self._settings.cache_max_entry_bytes
                )
            else:
                await self._cache.aclose()
                await self._client.aclose()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, target = scope["method"], _target(scope)
        headers = decode_headers(scope["headers"])
        sent = _forwarded(scope)
        body = await read_body(receive, limit=self._settings.max_request_bytes)
        request = self._request(self._origin + target, headers)
        if method not in ("GET", "HEAD") or _FOR_THE_ORIGIN & headers.keys():
            answer = await self._send(method, target, sent, body or None, [])
            await self._cache.note_exchange("", method, request.uri, answer.status, answer.headers)
            await deliver(send, method, answer)
        elif method == "HEAD":
            await self._answer_head(send, request, target, sent, headers)
        else:
            await self._answer_get(send, request, target, sent, headers)

    async def _answer_get(
        self, send: Send, request: CacheRequest, target: str, sent: list[Pair], headers: dict[str, str]
    ) -> None:
        result = self._cache.hit(request)
        if result is None and "range" in headers and not request.directives.only_if_cached:
            await deliver(send, "GET", await self._send("GET", target, sent, None, []))
            return
        if result is None:
            kept = self._cache.peek(request)
            own = without(sent, _CONDITIONS) if kept is not None and kept.has_validator else sent
            fetch = partial(self._send, "GET", target, own, None)
            result = await self._cache.answer(request, fetch, partial(self._again, fetch))
        await self._deliver(send, "GET", result, headers)

    async def _answer_head(
        self, send: Send, request: CacheRequest, target: str, sent: list[Pair], headers: dict[str, str]
    ) -> None:
        """A HEAD is answered from what a GET has brought, and freshens or ends that where it is asked (§4.3.5)."""
        result = self._cache.hit(request)
        if result is not None:
            await self._deliver(send, "HEAD", result, headers)
            return
        if request.directives.only_if_cached:
            raise NotCached
        answer = await self._send("HEAD", target, sent, None, [])
        await note_head(self._cache, request, answer)
        await deliver(send, "HEAD", answer)

    async def _deliver(self, send: Send, method: str, result: Result, headers: dict[str, str]) -> None:
        is_new = result.how is How.MISS and not _CONDITIONS & headers.keys()
        if result.entry is None or is_new:
            await deliver(send, method, result.answer)
        else:
            await deliver_stored(send, method, result.entry, headers)

    @asynccontextmanager
    async def _again(self, fetch: Fetch) -> AsyncIterator[Fetch]:
        yield fetch

    def _request(self, uri: str, headers: dict[str, str]) -> CacheRequest:
        return CacheRequest(
            key=blake2b(uri.encode("utf-8", "surrogateescape"), digest_size=32).digest(),
            uri_of=lambda: normal_uri(uri),
            headers=headers,
            directives=_directives(headers),
            rules=Rules(any_status=True, is_authorized="authorization" in headers),
        )

    async def _send(
        self, method: str, target: str, headers: list[Pair], body: bytes | None, conditions: list[Pair]
    ) -> Answer:
        request = UpstreamRequest(
            method=method,
            url=self._origin + target,
            headers=[*headers, *((name, _as_sent(value)) for name, value in conditions)],
            body=body,
            as_proxy=True,
        )
        return await self._client.send(request)


def _target(scope: Scope) -> str:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return (path + (b"?" + query if query else b"")).decode("ascii", "surrogateescape")


def _directives(headers: dict[str, str]) -> RequestDirectives:
    return request_directives(headers.get("cache-control"), headers.get("pragma"))


def _forwarded(scope: Scope) -> list[Pair]:
    """Return the request's headers byte for byte, without those of the connection."""
    pairs = [(name.decode("latin-1"), value.decode("utf-8", "surrogateescape")) for name, value in scope["headers"]]
    return without(pairs, _NOT_FORWARDED | set(members(pairs, "connection")))


def _as_sent(value: str) -> str:
    """What came as bytes of no UTF-8 goes back as the same bytes."""
    try:
        return value.encode("latin-1").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value
