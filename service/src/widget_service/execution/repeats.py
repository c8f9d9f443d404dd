"""Calls that are like earlier ones: what a kept answer was found under is found again without resolving the request.

The resolved request is the same for the same caller, snapshot, query and headers, where no template reads the clock.
Who calls, and whether and how often, has been looked at before.
"""

from collections import OrderedDict
from dataclasses import dataclass, replace

from widget_service.caching.request import CacheRequest, How
from widget_service.connectors.snapshot import Snapshot
from widget_service.execution.answer import Answer
from widget_service.execution.cache import ConnectorCache
from widget_service.execution.execution import Execution, Pair
from widget_service.http import EncodedPair
from widget_service.identity.users import User

MAX_REMEMBERED = 4_000
MAX_CALL_BYTES = 8 * 1024
"""Calls with longer headers and queries are not remembered: they would take more memory than they save time."""

CallKey = tuple[str, str, tuple[Pair, ...]]


@dataclass(frozen=True, slots=True)
class _Remembered:
    """What an earlier call was answered with; ``headers`` are those of the answer that stay the same."""

    user: User | None
    request: CacheRequest
    entry_id: bytes
    template: object | None
    headers: tuple[Pair, ...]


class Repeats:
    """Remembers calls that were answered from the cache, the last so many; of each tenant in its current snapshot."""

    def __init__(self, cache: ConnectorCache) -> None:
        self._cache = cache
        self._of_tenant: dict[str, tuple[Snapshot, OrderedDict[CallKey, _Remembered]]] = {}

    def answer(self, execution: Execution) -> Answer | None:
        """Return the answer to a call whose like was answered before, if what was kept is still fresh."""
        if execution.call.permalink in execution.snapshot.captures:
            return None  # what is kept of a call is scrubbed of the secrets that its stages have used
        of_tenant = self._known(execution.snapshot)
        known = of_tenant.get(_key_of(execution)) if of_tenant else None
        if known is None or (known.user is not execution.caller.user and known.user != execution.caller.user):
            return None
        timing = execution.timing
        timing.stage_done("setup")
        entry, rest_s = self._cache.fresh(known.request)
        if entry is None or entry.id != known.entry_id or rest_s < 1:
            return None
        body = entry.body
        if known.template is not None:
            if entry.rendered is None or entry.rendered[0] is not known.template:
                return None
            body = entry.rendered[1]
        timing.stage_done("cache")
        timing.cache_result, timing.cache_hit = How.HIT, True
        return Answer(entry.status, [*known.headers, ("Cache-Control", f"private, max-age={int(rest_s)}")], body=body)

    def note(self, execution: Execution, answer: Answer) -> None:
        """Remember a call that was answered from the cache, and depends on nothing but what it is found by."""
        kept, call = execution.kept, execution.call
        if kept is None or execution.rest_s < 1 or answer.body is None or not _is_alike_each_time(execution):
            return
        taken = sum(len(name) + len(value) for name, value in call.headers.items()) + len(call.query_string)
        if taken > MAX_CALL_BYTES:
            return
        request, entry = kept
        known = self._known(execution.snapshot)
        known[_key_of(execution)] = _Remembered(
            execution.caller.user,
            replace(request, uri_of=str),  # what makes its URI holds the whole execution, and is not needed again
            entry.id,
            execution.connector.response_body,
            tuple(EncodedPair(*pair) for pair in answer.headers if pair[0] != "Cache-Control"),
        )
        if sum(len(of_tenant) for _, of_tenant in self._of_tenant.values()) > MAX_REMEMBERED:
            known.popitem(last=False)

    def _known(self, snapshot: Snapshot) -> OrderedDict[CallKey, _Remembered]:
        """Return what is remembered of a tenant, nothing in a new snapshot: old ones are not held on to."""
        held = self._of_tenant.get(snapshot.tenant_id)
        if held is None or held[0] is not snapshot:
            held = self._of_tenant[snapshot.tenant_id] = (snapshot, OrderedDict())
        return held[1]


def _is_alike_each_time(execution: Execution) -> bool:
    connector = execution.connector
    if connector.response_body is not None and not connector.renders_response_only:
        return False
    return connector.resolves_alike and connector.method == "GET" and "x-request-id" not in execution.call.headers


def _key_of(execution: Execution) -> CallKey:
    call = execution.call
    return call.permalink, call.query_string, tuple(call.headers.items())
