"""The stores that the contract holds for: every test here runs on each of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from widget_service.storage import tenants
from widget_service.storage.database import Database
from widget_service.storage.urls import sqlite_url

ACTOR = "anna@example.com"


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of each kind."""
    return sqlite_url(tmp_path / "store.db")


@pytest.fixture
def database(url: str, clock: Clock) -> Iterator[Database]:
    """The store with the tenants ``default`` and ``acme``, made by revision 1."""
    database = Database.open(url, create=True, now=clock)
    with database.change(actor=ACTOR, action="init") as change:
        tenants.add(change, "default")
        tenants.add(change, "acme")
    yield database
    database.close()
