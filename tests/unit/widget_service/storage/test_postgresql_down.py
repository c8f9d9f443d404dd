"""A PostgreSQL server that is killed, stands still, or is a standby: bounded errors, and everything comes back."""

import asyncio
import time
from contextlib import asynccontextmanager, closing
from datetime import timedelta

import pytest

from contract.children import child, hear
from support.postgres_server import postgres_server
from unit.widget_service.storage.stores import set_region
from widget_service.storage import revoked_sessions, tenants, values
from widget_service.storage.database import Database
from widget_service.storage.errors import DatabaseReadOnly, DatabaseUnavailable
from widget_service.storage.postgresql import dialect
from widget_service.storage.postgresql.backend import PostgresqlBackend
from widget_service.storage.postgresql.connections import LimitedConnection
from widget_service.storage.watch import ChangeWatcher

BACK_WITHIN_S = 20
WITHOUT_LOOKING_S = 1000.0


@pytest.fixture(scope="module")
def server():
    with postgres_server("wal_level=replica", safely=True) as server:
        yield server


@pytest.fixture
def url(server):
    url = server.database()
    yield f"{url}?connect_timeout=2"
    server.drop(url)


@pytest.fixture
def database(url):
    with closing(Database.open(url, create=True)) as database:
        with database.change(actor="anna", action="init") as change:
            tenants.add(change, "default")
        yield database


class Told:
    """What a watcher told."""

    def __init__(self):
        self.queue = asyncio.Queue()
        self.looks = 0

    async def __call__(self, revision):
        self.queue.put_nowait(revision)

    async def look(self):
        self.looks += 1

    async def until(self, revision, within_s=BACK_WITHIN_S):
        async with asyncio.timeout(within_s):
            while await self.queue.get() != revision:
                pass


@asynccontextmanager
async def watching(database, interval_s=0.1):
    told = Told()
    watcher = ChangeWatcher(database, told, also=told.look, interval_s=interval_s)
    await watcher.start()
    await told.until(1)
    yield told
    await watcher.stop()


async def test_a_change_is_told_by_its_notification_at_once(database):
    async with watching(database, WITHOUT_LOOKING_S) as told:
        number = await asyncio.to_thread(set_region, database)
        await told.until(number, within_s=1)


async def test_a_log_out_which_has_no_number_is_told_too(database):
    def log_out():
        with database.change(actor="caller", action="session.end", tenant_id="default") as change:
            revoked_sessions.add(change, "default", "s1", change.at + timedelta(hours=1))

    async with watching(database, WITHOUT_LOOKING_S) as told:
        before = told.looks
        await asyncio.to_thread(log_out)
        async with asyncio.timeout(1):
            while told.looks == before:
                await asyncio.sleep(0.01)


async def test_what_draws_no_number_and_concerns_nobody_wakes_nobody(database):
    def write_something():
        with database.change(actor="service", action="executions.write"):
            pass

    async with watching(database, WITHOUT_LOOKING_S) as told:
        before = told.looks
        await asyncio.to_thread(write_something)
        number = await asyncio.to_thread(set_region, database)
        await told.until(number)
        assert told.looks == before + 1


async def test_a_change_whose_notification_is_lost_is_found_by_looking(database, monkeypatch):
    monkeypatch.setattr(PostgresqlBackend, "announce", lambda *_: None)
    async with watching(database) as told:
        await told.until(await asyncio.to_thread(set_region, database))


async def test_a_server_that_was_killed_comes_back_to_everybody(server, database):
    async with watching(database, WITHOUT_LOOKING_S) as told:
        server.kill()
        with pytest.raises(DatabaseUnavailable, match=r"cannot be reached|ends connections"):
            await asyncio.to_thread(set_region, database)
        server.start("wal_level=replica")
        await told.until(1)  # what comes back may be another database
        await told.until(await asyncio.to_thread(set_region, database), within_s=5)


def test_a_server_that_is_killed_while_somebody_writes_has_what_was_acknowledged(server, database, url):
    with child("count_for_ever", url, "count") as writer:
        told = [hear(writer) for _ in range(5)]
        server.kill()
        told += writer.stdout.read().splitlines()
        assert writer.wait() == 1
    server.start("wal_level=replica")
    with database.read() as read:
        assert int(values.find(read, "default", "count").value) - int(told[-1].split()[1]) in (0, 1)


@pytest.mark.parametrize("act", [Database.revision, set_region], ids=["reading", "changing"])
def test_a_server_that_stands_still_holds_nobody_up_for_long(server, database, act, monkeypatch):
    monkeypatch.setattr(LimitedConnection, "limit_s", 0.5)
    monkeypatch.setattr(dialect, "PING_S", 0.3)
    database.revision()
    with server.standing_still():
        for _ in range(2):  # by a connection that is there, and without one
            started = time.monotonic()
            with pytest.raises(DatabaseUnavailable, match=r"cannot be reached|does not answer"):
                act(database)
            assert time.monotonic() - started < 8
    monkeypatch.undo()
    assert set_region(database) >= 2


def test_a_server_that_stops_answering_within_a_change(server, database, url, monkeypatch):
    def stop_within():
        with new.change(actor="anna", action="set") as change:
            change.touch()
            with server.standing_still():
                change.connection.exec_driver_sql("SELECT 1")

    monkeypatch.setattr(LimitedConnection, "limit_s", 0.5)
    started = time.monotonic()
    told = pytest.raises(DatabaseUnavailable, match=r"does not answer \(no answer within 0\.5 s\)")
    with closing(Database.open(url)) as new, told:
        stop_within()
    assert time.monotonic() - started < 8
    monkeypatch.undo()
    assert database.revision() == 1
    assert set_region(database) >= 2


async def test_a_standby_is_read_and_takes_changes_once_it_is_the_primary(server, database):
    server.stop()
    server.become_standby()
    server.start("wal_level=replica")
    async with watching(database) as told:
        with pytest.raises(DatabaseReadOnly, match="a standby"):
            await asyncio.to_thread(set_region, database)
        server.sql("SELECT pg_promote()")
        await told.until(await asyncio.to_thread(set_region, database))
