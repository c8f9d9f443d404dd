"""Fixtures that every kind of test may use."""

from collections.abc import Iterator

import pytest

from support.postgres_server import PostgresServer, postgres_server
from support.upstream import Upstream
from widget_service.storage.database import Database


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A destination on loopback, for this test alone."""
    with Upstream().serving() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for all tests; who stops one or changes its settings starts another."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """The name of a database that has the service's tables, to be copied."""
    url = postgres.database()
    Database.open(url, create=True).close()
    return url.rpartition("/")[2]


@pytest.fixture
def postgres_url(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A database with the service's tables and nothing in them, for this test alone."""
    url = postgres.database(postgres_template)
    yield url
    postgres.drop(url)
