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


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """The kind of database."""
    kind: str = request.param
    return kind


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind, with nothing in it."""
    if kind == "sqlite":
        return sqlite_url(tmp_path / "store.db")
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def new_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the same kind that was never used: a file that is not there, or a database without tables."""
    if kind == "sqlite":
        yield sqlite_url(tmp_path / "new.db")
        return
    server = request.getfixturevalue("postgres")
    url = server.database()
    yield url
    server.drop(url)


@pytest.fixture
def database(url: str, clock: Clock) -> Iterator[Database]:
    """The store with the tenants ``default`` and ``acme``, made by revision 1."""
    database = Database.open(url, create=True, now=clock)
    with database.change(actor=ACTOR, action="init") as change:
        tenants.add(change, "default")
        tenants.add(change, "acme")
    yield database
    database.close()
