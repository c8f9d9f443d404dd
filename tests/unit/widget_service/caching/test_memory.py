"""What is kept in memory stays within its bytes, with all that stands beside the answers."""

import pytest

from widget_service.caching.engine import HttpCache
from widget_service.caching.entry import Entry
from widget_service.caching.memory import MemoryStore
from widget_service.caching.request import CacheRequest
from widget_service.caching.storing import Terms

TERMS = Terms(lifetime_s=60.0, born_at=0.0)
ROOM = 100_000


def an_entry(body: bytes = b"x") -> Entry:
    return Entry(200, (), body, TERMS, "u", "")


def held(store: MemoryStore) -> int:
    """What the entries take by themselves."""
    return sum(entry.size for entry in store._entries.values())


def test_what_was_used_last_stays_and_the_bytes_are_those_of_the_entries():
    store = MemoryStore(ROOM)
    for number in range(1000):
        store.put(bytes([number % 256, number // 256]), an_entry(bytes(number)))
        assert store.usage.bytes == held(store) <= ROOM
    assert store.get(bytes([999 % 256, 999 // 256])) is not None
    assert store.get(b"\x00\x00") is None


@pytest.mark.parametrize("lengths", [[10_000, 20_000], [20_000, 10_000], [60_000]])
def test_what_templates_made_is_counted_and_others_go_for_it(lengths):
    cache = HttpCache(max_bytes=ROOM, max_entry_bytes=50_000, now=lambda: 0.0)
    store = cache._entries._memory
    requests = [CacheRequest(key=bytes([number]), uri_of=lambda: "u") for number in range(60)]
    for request in requests:
        store.put(request.key, an_entry())
    for request in requests:
        entry = an_entry()
        store.put(request.key, entry)
        for length in lengths:
            cache.note_rendered(request, entry, object(), bytes(length))
        rendered = sum(len(kept.rendered[1]) for kept in store._entries.values() if kept.rendered)
        assert rendered <= store.usage.bytes == held(store) <= ROOM
        assert store.get(request.key) is entry
