"""The cache: a request comes in, a kept answer or a fetched one goes out, and of many alike one fetches."""

import asyncio
import time
from collections.abc import Callable
from functools import partial

import structlog

from widget_service.caching.answers import Answer, RecordedAnswer, StoredAnswer
from widget_service.caching.background import Background
from widget_service.caching.entries import Entries
from widget_service.caching.entry import Entry
from widget_service.caching.flights import Flight, Flights, Landing
from widget_service.caching.freshness import Times
from widget_service.caching.headers import Pair
from widget_service.caching.invalidation import changed_uris
from widget_service.caching.memory import Key, Usage
from widget_service.caching.request import CacheRequest, Fetch, How, Refresh, Result
from widget_service.caching.reuse import ERROR_STATUSES, Use, may_replace_error, use_of
from widget_service.caching.shared import SharedEntries
from widget_service.caching.storing import Terms, kept_headers, private_lifetime_s, says_nothing, terms_of
from widget_service.caching.validation import NOT_MODIFIED, conditions_of, confirms, updated
from widget_service.errors import ServiceError

MAX_REFRESHES = 64
"""Answers that are renewed in the background at the same time; more are renewed when they are asked for."""

SLOW_READER_S = 2.0
"""As long as others wait for the rest of a body whose head has come."""

log = structlog.get_logger("widget_service.caching")


class NotCached(Exception):
    """Only a kept answer was wanted, and there is none that may be used (``only-if-cached``)."""


class HttpCache:
    """Keeps answers of up to ``max_entry_bytes`` in ``max_bytes`` of memory, and in a shared store where there is one.

    ``now`` returns Unix seconds. Used in one event loop.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        max_entry_bytes: int,
        shared: SharedEntries | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._background = Background()
        self._entries = Entries(self._background, max_bytes=max_bytes, shared=shared, now=now)
        self._shared = self._entries.shared
        self._max_entry_bytes = max_entry_bytes
        self._now = now
        self._flights = Flights()

    @property
    def usage(self) -> Usage:
        """What the memory holds."""
        return self._entries.usage

    def hit(self, request: CacheRequest) -> Result | None:
        """Return a fresh answer that is in memory, None where more is to be done for one."""
        entry, rest_s = self.fresh(request)
        return None if entry is None else Result(StoredAnswer(entry), How.HIT, rest_s, entry)

    def fresh(self, request: CacheRequest) -> tuple[Entry | None, float]:
        """Return the fresh entry that is in memory, and for how long it is fresh."""
        now = self._now()
        entry = self._entries.find(request)
        if entry is None or self._entries.is_in_doubt(entry, now):
            return None, 0.0
        if use_of(entry, request.directives, now) is not Use.FRESH:
            return None, 0.0
        return entry, entry.fresh_until - now

    async def answer(self, request: CacheRequest, fetch: Fetch, refresh: Refresh) -> Result:
        """Return the answer to a GET or HEAD. Raises what ``fetch`` raises, and `NotCached`."""
        entry = self._entries.find(request)
        is_in_doubt = entry is None or self._entries.is_in_doubt(entry, self._now())
        if is_in_doubt and self._shared.is_there and self._flights.is_worth_waiting(request.key):
            entry = await self._entries.find_shared(request)
        if entry is not None:
            now = self._now()
            use = use_of(entry, request.directives, now)
            if use is Use.FRESH:
                return Result(StoredAnswer(entry), How.HIT, entry.rest_s(now), entry)
            if use is Use.STALE_WHILE_REVALIDATING:
                self._refresh_soon(request, entry, refresh)
            if use is not Use.VALIDATE:
                return Result(StoredAnswer(entry), How.STALE, 0.0, entry)
        if request.directives.only_if_cached:
            raise NotCached
        if request.directives.no_store or not self._flights.is_worth_waiting(request.key):
            return await self._call(request, entry, fetch, None)
        return await self._obtain(request, entry, fetch)

    async def note_exchange(self, scope: str, method: str, uri: str, status: int, headers: list[Pair]) -> None:
        """Make unusable what an exchange has changed; ``scope`` stands before each URI (`CacheRequest.uri`)."""
        for changed in changed_uris(method, uri, status, headers):
            await self.forget(scope + changed)

    async def forget(self, uri: str) -> None:
        """Make all answers of a URI unusable."""
        await self._entries.forget(uri)

    def update(self, request: CacheRequest, entry: Entry, headers: list[Pair], times: Times) -> None:
        """Give an entry the headers of a newer answer that has no body."""
        newer = updated(entry, headers, times, request.rules, epoch=entry.epoch)
        if newer is not None:
            self._put(request, newer)

    def peek(self, request: CacheRequest) -> Entry | None:
        """Return what is in memory for a request, usable without asking or not."""
        return self._entries.find(request)

    def note_rendered(self, request: CacheRequest, entry: Entry, template: object, body: bytes) -> None:
        """Keep what a template made of an entry beside it, if it is not longer than an entry may be."""
        if len(body) > self._max_entry_bytes:
            return
        before = 0 if entry.rendered is None else len(entry.rendered[1])
        entry.rendered = (template, body)
        self._entries.grow(request, entry, len(body) - before)

    async def aclose(self) -> None:
        """Break off what is under way in the background."""
        await self._background.aclose()
        await self._shared.aclose()

    # Fetching.

    async def _obtain(self, request: CacheRequest, entry: Entry | None, fetch: Fetch) -> Result:
        """Fetch, or wait for whoever fetches the same."""
        until = asyncio.get_running_loop().time() + request.wait_s
        while (flight := self._flights.of(request.key)) is not None:
            request.has_waited = True
            outcome = await flight.wait(until - asyncio.get_running_loop().time())
            if outcome is not Landing.GIVEN_UP:
                result = self._shared_result(request, entry, outcome)
                return result or await self._call(request, entry, fetch, None)
        return await self._lead(request, entry, fetch)

    async def _lead(self, request: CacheRequest, entry: Entry | None, fetch: Fetch) -> Result:
        flight = self._flights.begin(request.key)
        try:
            outcome = await self._shared.claim(request.key, partial(self._fresh_elsewhere, request), request.wait_s)
            request.has_waited = request.has_waited or outcome is not None
            if outcome is not None and outcome is not Landing.SLOW:
                flight.land(outcome)
                result = self._shared_result(request, entry, outcome)
                return result or await self._call(request, entry, fetch, None)
            return await self._call(request, entry, fetch, flight)
        except ServiceError as error:
            flight.land(error)
            raise
        except BaseException:
            flight.land(Landing.GIVEN_UP)
            raise
        finally:
            self._release_soon(request.key, flight)

    async def _fresh_elsewhere(self, request: CacheRequest) -> Entry | None:
        entry = await self._entries.find_shared(request)
        return entry if entry is not None and self._suits(request, entry) else None

    def _shared_result(self, request: CacheRequest, entry: Entry | None, outcome: object) -> Result | None:
        """Return what one who has waited is answered with; None where it must call by itself."""
        now = self._now()
        if isinstance(outcome, ServiceError):
            if entry is not None and may_replace_error(entry, request.directives, now):
                return Result(StoredAnswer(entry), How.STALE, 0.0, entry)
            raise _again(outcome)
        if isinstance(outcome, Entry) and self._suits(request, outcome):
            return Result(StoredAnswer(outcome), How.COALESCED, outcome.rest_s(now), outcome)
        return None

    def _suits(self, request: CacheRequest, entry: Entry) -> bool:
        """Whether an entry that another's fetch has left may be used for this request."""
        return self._entries.is_of(request, entry) and use_of(entry, request.directives, self._now()) is Use.FRESH

    async def _call(self, request: CacheRequest, entry: Entry | None, fetch: Fetch, flight: Flight | None) -> Result:
        """Ask the destination: whether ``entry`` still holds, or for a new answer."""
        epoch, conditions = self._entries.epoch_of(request), conditions_of(entry) if entry is not None else []
        requested_at = self._now()
        try:
            answer = await fetch(conditions)
        except ServiceError as error:
            if entry is None or not may_replace_error(entry, request.directives, self._now()):
                raise
            _land(flight, error)
            return Result(StoredAnswer(entry), How.STALE, 0.0, entry)
        times = Times(requested_at, self._now())
        if entry is not None and conditions and answer.status == NOT_MODIFIED:
            await answer.aclose()
            if confirms(answer.headers, entry):
                return self._validated(request, entry, answer.headers, times, epoch, flight)
            return await self._call(request, None, fetch, flight)
        if entry is not None and answer.status in ERROR_STATUSES:
            if may_replace_error(entry, request.directives, times.received_at):
                await answer.aclose()
                _land(flight, Landing.GIVEN_UP)
                return Result(StoredAnswer(entry), How.STALE, 0.0, entry)
        elif entry is not None:
            self._supersede(request, entry, answer, times)
        return self._take(request, answer, times, epoch, flight)

    def _validated(
        self,
        request: CacheRequest,
        entry: Entry,
        headers: list[Pair],
        times: Times,
        epoch: str,
        flight: Flight | None,
    ) -> Result:
        newer = updated(entry, headers, times, request.rules, epoch=epoch)
        if newer is None or request.directives.no_store:
            self._entries.drop(request, entry)
            _land(flight, Landing.NOT_KEPT)
            return Result(StoredAnswer(entry), How.REVALIDATED, 0.0)
        if entry.rendered is not None and newer.headers == entry.headers:
            newer.rendered = entry.rendered
            newer.size += len(entry.rendered[1])
        self._put(request, newer, flight)
        return Result(StoredAnswer(newer), How.REVALIDATED, newer.rest_s(times.received_at), newer)

    def _supersede(self, request: CacheRequest, entry: Entry, answer: Answer, times: Times) -> None:
        """Forget an entry: what is newer has come. In the shared store what is kept of that takes its place."""
        self._entries.drop(request, entry, everywhere=self._terms(request, answer, times) is None)

    # Keeping.

    def _take(self, request: CacheRequest, answer: Answer, times: Times, epoch: str, flight: Flight | None) -> Result:
        """Keep an answer, now or while it is read, if it may be kept."""
        if not request.rules.says_how_long and says_nothing(answer.headers):
            self._not_kept(request, flight)
            return Result(answer, How.MISS)
        terms = self._terms(request, answer, times)
        if terms is None:
            self._not_kept(request, flight)
            rest_s = private_lifetime_s(answer.status, answer.headers, times) if request.rules.forced_s is None else 0
            return Result(answer, How.MISS, rest_s)
        rest_s = 0.0 if terms.must_validate else max(0.0, terms.born_at + terms.lifetime_s - times.received_at)
        keep = partial(self._keep, request, answer, terms, epoch, flight)
        if not answer.has_ended:
            return Result(self._recorded(request, answer, keep, flight), How.MISS, rest_s)
        whole = StoredAnswer(entry := keep(answer.read_now()))
        whole.headers = answer.headers
        return Result(whole, How.MISS, rest_s, entry)

    def _terms(self, request: CacheRequest, answer: Answer, times: Times) -> Terms | None:
        if request.directives.no_store or answer.was_redirected or not answer.is_delimited:
            return None
        length = answer.content_length
        if length is not None and not answer.has_ended and int(length) > self._max_entry_bytes:
            return None
        return terms_of(answer.status, answer.headers, times, request.rules)

    def _recorded(
        self, request: CacheRequest, answer: Answer, keep: Callable[[bytes], Entry], flight: Flight | None
    ) -> Answer:
        def give_up(for_good: bool) -> None:
            if for_good:
                self._not_kept(request, flight)
            else:
                _land(flight, Landing.GIVEN_UP)
                self._release_soon(request.key, flight)

        if flight is not None:
            asyncio.get_running_loop().call_later(SLOW_READER_S, flight.land, Landing.SLOW)
        return RecordedAnswer(answer, self._max_entry_bytes, keep, give_up)

    def _keep(
        self, request: CacheRequest, answer: Answer, terms: Terms, epoch: str, flight: Flight | None, body: bytes
    ) -> Entry:
        entry = Entry(
            answer.status,
            tuple(kept_headers(answer.headers, is_shared=request.rules.is_shared)),
            body,
            terms,
            request.uri,
            epoch,
            self._entries.selecting(request, terms.vary),
        )
        if len(body) > self._max_entry_bytes or entry.useful_until <= self._now():
            self._not_kept(request, flight)
        else:
            self._put(request, entry, flight)
        return entry

    def _put(self, request: CacheRequest, entry: Entry, flight: Flight | None = None) -> None:
        """Keep an entry, and tell those who wait."""
        self._entries.put(request, entry)
        self._flights.note_kept(request.key)
        _land(flight, entry)

    def _not_kept(self, request: CacheRequest, flight: Flight | None) -> None:
        """Let those who wait call by themselves, and others not wait for a while."""
        if flight is not None:
            flight.land(Landing.NOT_KEPT)
            self._release_soon(request.key, flight)
        elif not request.directives.no_store:  # that is the wish of one caller
            self._flights.note_not_kept(request.key)

    # In the background.

    def _refresh_soon(self, request: CacheRequest, entry: Entry, refresh: Refresh) -> None:
        if self._flights.of(request.key) is None and len(self._background) < MAX_REFRESHES:
            self._background.spawn(self._refresh(request, entry, refresh, self._flights.begin(request.key)))

    async def _refresh(self, request: CacheRequest, entry: Entry, refresh: Refresh, flight: Flight) -> None:
        try:
            outcome = await self._shared.claim(request.key, partial(self._fresh_elsewhere, request), 0.0)
            if outcome is not None:
                flight.land(outcome)
                return
            async with refresh() as fetch:
                result = await self._call(request, entry, fetch, flight)
                await result.answer.read(self._max_entry_bytes)
        except ServiceError as error:
            flight.land(error)
            log.info("cache.refresh.failed", code=error.code)
        finally:
            flight.land(Landing.GIVEN_UP)
            self._release_soon(request.key, flight)

    def _release_soon(self, key: Key, flight: Flight | None) -> None:
        """Let other processes fetch, where nothing was kept that would be published first."""
        if self._shared.is_there and flight is not None and isinstance(flight.outcome, Landing | ServiceError):
            self._background.spawn(self._shared.release(key, kept=flight.outcome is not Landing.NOT_KEPT))


def _land(flight: Flight | None, outcome: Entry | Landing | ServiceError) -> None:
    if flight is not None:
        flight.land(outcome)


def _again(error: ServiceError) -> ServiceError:
    """Return the same error to raise once more: one that is raised by several would carry all their tracebacks."""
    return type(error)(error.code, error.detail, scope=error.scope, headers=error.headers, log_detail=error.log_detail)
