"""A change by any process is told, and nothing but stopping ends the watcher."""

import asyncio

import pytest

from contract.children import child, hear, say
from widget_service.storage import values
from widget_service.storage.watch import ChangeWatcher

TOLD_WITHIN_S = 1.0


class Told:
    """What a watcher told, to be waited for."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.failures = 0
        self._queue: asyncio.Queue[int] = asyncio.Queue()

    async def __call__(self, revision: int) -> None:
        self.numbers.append(revision)
        if self.failures:
            self.failures -= 1
            raise RuntimeError("cannot be taken in")
        self._queue.put_nowait(revision)

    async def next(self, within_s: float = TOLD_WITHIN_S) -> int:
        async with asyncio.timeout(within_s):
            return await self._queue.get()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def watcher(database, told):
    watcher = ChangeWatcher(database, told, known_revision=1, interval_s=0.05)
    await watcher.start()
    yield watcher
    await watcher.stop()


def set_region(database, value):
    with database.change(actor="anna", action="set") as change:
        values.set_variable(change, "default", "region", value)
    return change.revision


async def test_changes_of_another_process_are_told_within_a_second(database, url, told):
    watcher = ChangeWatcher(database, told, known_revision=1)
    await watcher.start()
    with child("set_on_demand", url) as process:
        for value in ("eu", "us", "ap"):
            say(process, value)
            number = int(await asyncio.to_thread(hear, process))
            assert await told.next() == number
    await watcher.stop()


async def test_changes_of_this_process_are_told(database, told, watcher):
    number = await asyncio.to_thread(set_region, database, "eu")
    assert await told.next() == number


async def test_what_was_changed_before_the_start_is_told(database, told):
    number = set_region(database, "eu")
    watcher = ChangeWatcher(database, told, known_revision=1, interval_s=60)
    await watcher.start()
    assert await told.next() == number
    await watcher.stop()


async def test_without_a_known_revision_the_current_one_is_told_first(database, told):
    watcher = ChangeWatcher(database, told, interval_s=60)
    await watcher.start()
    assert await told.next() == 1
    await watcher.stop()


async def test_a_known_revision_is_not_told(database, told, watcher):
    number = await asyncio.to_thread(set_region, database, "eu")
    assert await told.next() == number
    assert told.numbers == [number]


async def test_who_cannot_take_a_change_in_is_told_again(database, told, watcher):
    told.failures = 2
    number = await asyncio.to_thread(set_region, database, "eu")
    assert await told.next(within_s=5) == number
    assert told.numbers == [number] * 3


async def test_stopping_at_any_time_is_quiet(database, told):
    watcher = ChangeWatcher(database, told)
    await watcher.stop()
    for _ in range(5):
        watcher = ChangeWatcher(database, told, interval_s=0.001)
        await watcher.start()
        await asyncio.sleep(0)
        await watcher.stop()
        await watcher.stop()
