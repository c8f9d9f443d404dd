"""Watching a SQLite file that is locked, away, spoilt or replaced: said once, and told when it is back."""

import asyncio
import os

import pytest
from structlog.testing import capture_logs

from unit.widget_service.storage.stores import made, run_sql, set_region
from widget_service.storage.watch import ChangeWatcher


@pytest.fixture
def file(tmp_path):
    return tmp_path / "store.db"


@pytest.fixture
def database(file):
    return made(file)


class Watched:
    """A watcher with what it told and what it logged."""

    def __init__(self, database):
        self.told = asyncio.Queue()
        self.watcher = ChangeWatcher(database, self.told.put, known_revision=1, interval_s=0.01)

    async def __aenter__(self):
        self._capturing = capture_logs()
        self.logs = self._capturing.__enter__()
        await self.watcher.start()
        return self

    async def __aexit__(self, *error):
        await self.watcher.stop()
        self._capturing.__exit__(*error)

    async def next(self):
        async with asyncio.timeout(5):
            return await self.told.get()

    async def looked_in_vain(self, times):
        async with asyncio.timeout(5):
            while self.watcher._failures < times:
                await asyncio.sleep(0.005)

    async def logged(self, event):
        """Wait until ``event`` is in the log."""
        async with asyncio.timeout(5):
            while event not in [line["event"] for line in self.logs]:
                await asyncio.sleep(0.005)


def away(file):
    file.rename(file.with_name("away.db"))


def a_folder(file):
    away(file)
    file.mkdir()


def back(file):
    if file.is_dir():
        file.rmdir()
    file.with_name("away.db").rename(file)


@pytest.mark.parametrize("spoil", [away, a_folder])
async def test_a_file_that_is_away_is_said_once_and_told_again_when_it_is_back(database, file, spoil):
    async with Watched(database) as watched:
        await asyncio.to_thread(set_region, database)
        assert await watched.next() == 2
        spoil(file)
        await watched.logged("storage.watch.unavailable")
        await watched.looked_in_vain(times=4)
        back(file)
        await watched.logged("storage.watch.recovered")
        assert await watched.next() == 2
        number = await asyncio.to_thread(set_region, database, "us")
        assert await watched.next() == number
    assert [line["event"] for line in watched.logs] == ["storage.watch.unavailable", "storage.watch.recovered"]


async def test_another_file_in_its_place_is_told_though_its_number_is_the_same(database, file, tmp_path):
    other = tmp_path / "other.db"
    set_region(made(other), "of the other")
    async with Watched(database) as watched:
        await asyncio.to_thread(set_region, database)
        assert await watched.next() == 2
        os.replace(other, file)
        assert await watched.next() == 2


async def test_a_restored_backup_is_told_though_its_number_is_lower(database, file):
    set_region(database)
    async with Watched(database) as watched:
        assert await watched.next() == 2
        run_sql(file, "DELETE FROM revisions WHERE number = 2")
        assert await watched.next() == 1
