"""Fixtures that every kind of test may use."""

from collections.abc import Iterator

import pytest

from support.upstream import Upstream


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A destination on loopback, for this test alone."""
    with Upstream().serving() as server:
        yield server
