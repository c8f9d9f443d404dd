"""A database that is not there yet is opened when it is, and asks nobody to wait until then."""

import asyncio

import pytest

from unit.widget_service.storage.stores import made, set_region
from widget_service.storage.errors import DatabaseUnavailable
from widget_service.storage.late import RETRY_S, LateDatabase
from widget_service.storage.urls import sqlite_url


class Clock:
    """A time that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_is_opened_when_it_is_there(tmp_path):
    clock, file = Clock(), tmp_path / "late.db"
    late = LateDatabase(sqlite_url(file), monotonic=clock)
    with pytest.raises(DatabaseUnavailable, match="There is no database"):
        late.revision()
    made(file).close()
    with pytest.raises(DatabaseUnavailable, match="There is no database"):
        late.revision()  # it was tried a moment ago
    assert not late.was_reached
    clock.now += RETRY_S
    assert late.revision() == 1
    assert late.was_reached
    assert set_region(late) == 2
    late.close()


def test_closing_what_was_never_reached_is_no_error(tmp_path):
    LateDatabase(sqlite_url(tmp_path / "none.db")).close()


async def test_its_signal_waits_for_it(tmp_path):
    clock, file = Clock(), tmp_path / "late.db"
    signal = LateDatabase(sqlite_url(file), monotonic=clock).signal(0.01)
    with pytest.raises(DatabaseUnavailable):
        await signal.wait()
    signal.close()
    database = made(file)
    clock.now += RETRY_S
    async with asyncio.timeout(10):
        await signal.wait()
        set_region(database)
        await signal.wait()
    signal.close()
    database.close()
