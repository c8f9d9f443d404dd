"""Stage 5: the cache. Answers to GET and HEAD are kept by HTTP's own rules, each under all that its request held.

An answer is shared between calls whose resolved requests are the same; whatever a template read of a user is part of
its request by then.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import lru_cache, partial

from widget_service.caching.answers import Answer, RecordedAnswer, StoredAnswer
from widget_service.caching.directives import NO_DIRECTIVES, RequestDirectives, request_directives
from widget_service.caching.engine import HttpCache
from widget_service.caching.entry import Entry
from widget_service.caching.headers import Pair
from widget_service.caching.invalidation import SAFE_METHODS
from widget_service.caching.memory import Usage
from widget_service.caching.request import CacheRequest, Fetch, How, Result
from widget_service.caching.sealing import EntrySeal
from widget_service.caching.shared import SharedEntries
from widget_service.caching.validation import CONDITIONS
from widget_service.execution.cache_keys import CachePlan, CachePlans, key_of, target_of
from widget_service.execution.execution import Execution, Memo
from widget_service.settings import Settings
from widget_service.vault import MasterKeys

CACHED_METHODS = frozenset({"GET", "HEAD"})
REQUEST_ID = "x-request-id"

_BYPASSING = CONDITIONS | {"range"}
_VARY_BY = frozenset({REQUEST_ID})
_REVALIDATION = frozenset({"if-none-match", "if-modified-since"})

Call = Callable[[Execution], Awaitable[None]]


class ConnectorCache:
    """Puts the cache before the call of the destination."""

    def __init__(self, cache: HttpCache, settings: Settings) -> None:
        self._cache, self._settings = cache, settings
        self._plans = CachePlans(any_status=settings.cache_any_status)

    async def answer(self, execution: Execution, call: Call) -> None:
        """Set the answer of the resolved request: one that is kept, or what ``call`` gets from the destination."""
        if execution.request.method not in CACHED_METHODS:
            await call(execution)
            await self._note_change(execution)
            return
        plan = self._plans.of(execution)
        if plan is None or not _BYPASSING.isdisjoint([name.lower() for name, _ in execution.request.headers]):
            await call(execution)
            return
        request = self._request(execution, plan)
        result = self._cache.hit(request)
        if result is None:
            fetch = partial(self._fetch, execution, call, request)
            result = await self._cache.answer(request, fetch, partial(self._again, execution, call, request))
        self._take(execution, request, result)

    def fresh(self, request: CacheRequest) -> tuple[Entry | None, float]:
        """Return the fresh entry that is in memory for a request made before, and for how long it is fresh."""
        return self._cache.fresh(request)

    @property
    def usage(self) -> Usage:
        """What the memory holds."""
        return self._cache.usage

    async def aclose(self) -> None:
        """End what is under way in the background."""
        await self._cache.aclose()

    def _request(self, execution: Execution, plan: CachePlan) -> CacheRequest:
        headers = execution.call.headers
        key, rules = key_of(execution, plan)
        return CacheRequest(
            key=key,
            uri_of=partial(target_of, execution),
            headers={REQUEST_ID: execution.request_id} if REQUEST_ID in headers else {},
            vary_by=_VARY_BY,
            directives=_honoured(headers.get("cache-control"), headers.get("pragma")),
            rules=rules,
            wait_s=execution.connector.timeout_s or self._settings.upstream_timeout_s,
        )

    def _take(self, execution: Execution, request: CacheRequest, result: Result) -> None:
        timing = execution.timing
        timing.stage_done("external" if result.how is How.COALESCED else "cache")
        timing.cache_result = result.how
        timing.cache_hit = result.how not in (How.MISS, How.BYPASS)
        execution.upstream, execution.rest_s = result.answer, result.rest_s
        if result.how is How.HIT and result.entry is not None:
            execution.kept = request, result.entry
        if execution.connector.renders_response_only and isinstance(result.answer, StoredAnswer | RecordedAnswer):
            execution.memo = Memo(result.answer, partial(self._cache.note_rendered, request))

    async def _fetch(self, execution: Execution, call: Call, request: CacheRequest, conditions: list[Pair]) -> Answer:
        """Call the destination with the ``conditions`` of a revalidation, and of no earlier one."""
        execution.timing.stage_done("external" if request.has_waited else "cache")
        headers = [pair for pair in execution.request.headers if pair[0].lower() not in _REVALIDATION]
        execution.request.headers = headers + conditions
        await call(execution)
        return execution.upstream

    @asynccontextmanager
    async def _again(self, execution: Execution, call: Call, request: CacheRequest) -> AsyncIterator[Fetch]:
        """Make the same request once more, when its execution is over: with a time and a place of its own."""
        renewing = execution.again()
        try:
            async with asyncio.timeout(self._settings.execution_timeout_s):
                yield partial(self._fetch, renewing, call, request)
        finally:
            await renewing.release()

    async def _note_change(self, execution: Execution) -> None:
        method, answer = execution.request.method, execution.upstream
        if method not in SAFE_METHODS:
            tenant, _, uri = target_of(execution).partition("\n")
            await self._cache.note_exchange(f"{tenant}\n", method, uri, answer.status, answer.headers)


def shared_entries(master_keys: MasterKeys, settings: Settings) -> SharedEntries | None:
    """Return the store that processes share; None where none is set up."""
    if settings.cache_url is None:
        return None
    from widget_service.caching.valkey import ValkeyEntries
    from widget_service.valkey import valkey_client

    return ValkeyEntries(valkey_client(settings.cache_url.get_secret_value()), EntrySeal(master_keys))


def connector_cache(settings: Settings, shared: SharedEntries | None = None) -> ConnectorCache | None:
    """Return the cache of one process; None where the settings leave no room for one."""
    if settings.cache_max_bytes == 0:
        return None
    cache = HttpCache(max_bytes=settings.cache_max_bytes, max_entry_bytes=settings.cache_max_entry_bytes, shared=shared)
    return ConnectorCache(cache, settings)


@lru_cache(maxsize=128)
def _honoured(cache_control: str | None, pragma: str | None) -> RequestDirectives:
    """Return what a caller may ask for: an answer newer than the kept one, or that none is kept.

    ``max-stale`` and ``only-if-cached`` are not: what a widget shows is not worse than its connector allows.
    """
    if cache_control is None and pragma is None:
        return NO_DIRECTIVES
    asked = request_directives(cache_control, pragma)
    return RequestDirectives(
        no_cache=asked.no_cache, no_store=asked.no_store, max_age=asked.max_age, min_fresh=asked.min_fresh
    )
