"""Calls that are like earlier ones: what a kept answer was found under is found again without resolving the request.

The resolved request is the same for the same caller, snapshot, query and headers, where no template reads the clock.
Who calls, and whether and how often, has been looked at before.
"""

from collections import OrderedDict
from dataclasses import dataclass

from widget_service.caching.request import CacheRequest, How
from widget_service.connectors.snapshot import Snapshot
from widget_service.execution.answer import Answer
from widget_service.execution.cache import ConnectorCache
from widget_service.execution.execution import Execution, Pair
from widget_service.http import EncodedPair
from widget_service.identity.users import User

MAX_REMEMBERED = 20_000

CallKey = tuple[str, str, str, tuple[Pair, ...]]


@dataclass(frozen=True, slots=True)
class _Remembered:
    """What an earlier call was answered with; ``headers`` are those of the answer that stay the same."""

    snapshot: Snapshot
    user: User | None
    request: CacheRequest
    entry_id: bytes
    template: object | None
    headers: tuple[Pair, ...]


class Repeats:
    """Remembers calls that were answered from the cache, the last so many."""

    def __init__(self, cache: ConnectorCache) -> None:
        self._cache = cache
        self._remembered: OrderedDict[CallKey, _Remembered] = OrderedDict()

    def answer(self, execution: Execution) -> Answer | None:
        """Return the answer to a call whose like was answered before, if what was kept is still fresh."""
        known = self._remembered.get(_key_of(execution))
        if known is None or known.snapshot is not execution.snapshot:
            return None
        if known.user is not execution.caller.user and known.user != execution.caller.user:
            return None
        execution.timing.stage_done("setup")
        entry, rest_s = self._cache.fresh(known.request)
        if entry is None or entry.id != known.entry_id or rest_s < 1:
            return None
        body = entry.body
        if known.template is not None:
            if entry.rendered is None or entry.rendered[0] is not known.template:
                return None
            body = entry.rendered[1]
        timing = execution.timing
        timing.stage_done("cache")
        timing.cache_result, timing.cache_hit = How.HIT, True
        return Answer(entry.status, [*known.headers, ("Cache-Control", f"private, max-age={int(rest_s)}")], body=body)

    def note(self, execution: Execution, answer: Answer) -> None:
        """Remember a call that was answered from the cache, and depends on nothing but what it is found by."""
        connector, kept = execution.connector, execution.kept
        if kept is None or execution.rest_s < 1 or answer.body is None or not connector.resolves_alike:
            return
        if "x-request-id" in execution.call.headers or connector.method != "GET":
            return
        if connector.response_body is not None and not connector.renders_response_only:
            return
        request, entry = kept
        headers = tuple(EncodedPair(*pair) for pair in answer.headers if pair[0] != "Cache-Control")
        self._remembered[_key_of(execution)] = _Remembered(
            execution.snapshot, execution.caller.user, request, entry.id, connector.response_body, headers
        )
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)


def _key_of(execution: Execution) -> CallKey:
    call = execution.call
    return execution.snapshot.tenant_id, call.permalink, call.query_string, tuple(call.headers.items())
