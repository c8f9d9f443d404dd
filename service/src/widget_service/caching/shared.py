"""What processes share: entries, epochs, and leases by which one of them at a time fetches."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

from widget_service.caching.entry import Entry
from widget_service.caching.flights import Landing
from widget_service.caching.memory import Key, Variants


class Looked(NamedTuple):
    """What is kept under a key, and the epoch that entries of its URI must have."""

    found: Entry | Variants | None
    epoch: str


class SharedEntries(Protocol):
    """A store that several processes use. Nothing here raises: a store that fails is as good as an empty one."""

    is_there: bool
    trusted_s: float
    """For how long a copy in memory is used without looking here again, in seconds."""

    @property
    def is_down(self) -> bool:
        """Whether it could not be used when it was last tried."""

    async def get(self, key: Key, uri: str) -> Looked | None:
        """Return what is kept under ``key``, None while the store cannot be used."""

    async def put(self, key: Key, entry: Entry) -> None:
        """Keep an entry for as long as it is useful."""

    async def put_variants(self, key: Key, names: tuple[str, ...], until: float) -> None:
        """Note which headers tell the entries of a key apart, until then (Unix seconds)."""

    async def drop(self, key: Key) -> None:
        """Forget an entry."""

    async def end_epoch(self, uri: str, epoch: str) -> None:
        """Begin a new epoch for a URI."""

    async def claim(
        self, key: Key, look: Callable[[], Awaitable[Entry | None]], wait_s: float
    ) -> Entry | Landing | None:
        """Return None to who shall fetch now; else what another process has fetched, as ``look`` finds it.

        `Landing.NOT_KEPT` says that its answer could not be shared, `Landing.SLOW` that it has not come in ``wait_s``.
        """

    async def release(self, key: Key, *, kept: bool) -> None:
        """Let others fetch; where nothing was ``kept``, all of them at once."""

    async def aclose(self) -> None:
        """Close the connections."""


class NoShared:
    """Stands for a shared store where there is none."""

    is_there = False
    is_down = False
    trusted_s = float("inf")

    async def get(self, key: Key, uri: str) -> Looked | None:
        """Return nothing."""
        return None

    async def put(self, key: Key, entry: Entry) -> None:
        """Keep nothing."""

    async def put_variants(self, key: Key, names: tuple[str, ...], until: float) -> None:
        """Keep nothing."""

    async def drop(self, key: Key) -> None:
        """There is nothing to forget."""

    async def end_epoch(self, uri: str, epoch: str) -> None:
        """Keep nothing."""

    async def claim(
        self, key: Key, look: Callable[[], Awaitable[Entry | None]], wait_s: float
    ) -> Entry | Landing | None:
        """Let the caller fetch."""
        return None

    async def release(self, key: Key, *, kept: bool) -> None:
        """There was no lease."""

    async def aclose(self) -> None:
        """There is nothing to close."""
