"""Where kept answers are found and put: in memory, and in a store that processes share where there is one."""

import time
from collections.abc import Callable
from hashlib import blake2b

from widget_service.caching.background import Background
from widget_service.caching.entry import Entry
from widget_service.caching.invalidation import Epochs
from widget_service.caching.memory import Key, MemoryStore, Usage, Variants
from widget_service.caching.request import CacheRequest
from widget_service.caching.shared import NoShared, SharedEntries
from widget_service.caching.variants import selecting_values


class Entries:
    """The entries of one process, at most ``max_bytes`` of them in memory. ``now`` returns Unix seconds.

    An entry of another epoch than that of its URI is not found.
    """

    def __init__(
        self,
        background: Background,
        *,
        max_bytes: int,
        shared: SharedEntries | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.shared = shared or NoShared()
        self._background = background
        self._memory = MemoryStore(max_bytes)
        self._epochs = Epochs()
        self._now = now

    @property
    def usage(self) -> Usage:
        """What the memory holds."""
        return self._memory.usage

    def find(self, request: CacheRequest) -> Entry | None:
        """Return what is in memory for a request."""
        found = self._memory.get(request.key)
        if type(found) is Variants:
            found = self._memory.get(_variant_key(request, found.names))
        if type(found) is not Entry:
            return None
        return found if found.epoch == self._epochs.of(found.uri) else None

    def is_in_doubt(self, entry: Entry, now: float) -> bool:
        """Whether a copy must be looked at again in its store; so too where the clock was set back."""
        return not 0 < entry.trusted_until - now <= self.shared.trusted_s

    async def find_shared(self, request: CacheRequest) -> Entry | None:
        """Look into the shared store, and have a copy in memory of what is there; else what memory has is no more."""
        if not self.shared.is_there:
            return self.find(request)
        epoch_before = self._epochs.of(request.uri)
        looked = await self.shared.get(request.key, request.uri)
        if looked is not None and type(looked.found) is Variants:
            self._memory.put(request.key, looked.found)
            looked = await self.shared.get(_variant_key(request, looked.found.names), request.uri)
        if looked is None:
            return self.find(request)
        if self._epochs.of(request.uri) != epoch_before:
            return None  # the URI was changed meanwhile, and this look may have been before that
        self._epochs.learn(request.uri, looked.epoch)
        found = looked.found
        if not isinstance(found, Entry) or found.epoch != looked.epoch:
            return None
        copy = self.find(request)
        if copy is None or copy.id != found.id:
            copy = found
            self._memory.put(_key_of(request, copy.terms.vary), copy)
        copy.trusted_until = self._now() + self.shared.trusted_s
        return copy

    def is_of(self, request: CacheRequest, entry: Entry) -> bool:
        """Whether an entry that another's fetch has left is current, and the variant that a request asks for."""
        names = _effective(request, entry.terms.vary)
        is_current = entry.epoch == self._epochs.of(entry.uri)
        return is_current and entry.selecting == selecting_values(names, request.headers)

    def epoch_of(self, request: CacheRequest) -> str:
        """Return the epoch that an entry must have which is fetched from now on."""
        return self._epochs.at(lambda: request.uri)

    def selecting(self, request: CacheRequest, vary: tuple[str, ...]) -> tuple[str | None, ...]:
        """Return the values of a request that tell variants apart, as an entry holds them."""
        return selecting_values(_effective(request, vary), request.headers)

    def put(self, request: CacheRequest, entry: Entry) -> None:
        """Put an entry into memory at once, and into the shared store soon."""
        names = _effective(request, entry.terms.vary)
        key = _key_of(request, entry.terms.vary)
        entry.trusted_until = self._now() + self.shared.trusted_s
        if names:
            self._memory.put(request.key, Variants(names))
        self._memory.put(key, entry)
        if self.shared.is_there:
            self._background.spawn(self._publish(request.key, key, names, entry))

    async def _publish(self, primary: Key, key: Key, names: tuple[str, ...], entry: Entry) -> None:
        await self.shared.put(key, entry)
        if names:
            await self.shared.put_variants(primary, names, entry.useful_until)
        await self.shared.release(primary, kept=True)

    def grow(self, request: CacheRequest, entry: Entry, size: int) -> None:
        """Count ``size`` more bytes for an entry in memory."""
        self._memory.grow(_key_of(request, entry.terms.vary), entry, size)

    def drop(self, request: CacheRequest, entry: Entry, *, everywhere: bool = False) -> None:
        """Forget an entry in memory; ``everywhere`` in the shared store too, where nothing takes its place."""
        key = _key_of(request, entry.terms.vary)
        self._memory.drop(key)
        if everywhere and self.shared.is_there:
            self._background.spawn(self.shared.drop(key))

    async def forget(self, uri: str) -> None:
        """Make all answers of a URI unusable."""
        await self.shared.end_epoch(uri, self._epochs.end(uri))


def _effective(request: CacheRequest, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that tell variants apart: what the key holds already cannot."""
    return names if request.vary_by is None else tuple(name for name in names if name in request.vary_by)


def _key_of(request: CacheRequest, vary: tuple[str, ...]) -> Key:
    names = _effective(request, vary)
    return _variant_key(request, names) if names else request.key


def _variant_key(request: CacheRequest, names: tuple[str, ...]) -> Key:
    values = repr((names, selecting_values(names, request.headers)))
    return blake2b(request.key + values.encode(), digest_size=32).digest()
