"""A service that was set up, for each test its own."""

import pytest

from support.commands import Commands, initialised


@pytest.fixture
def commands(tmp_path) -> Commands:
    """The commands over a data directory of this test."""
    return initialised(tmp_path)
