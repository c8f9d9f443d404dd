"""The admin origin over an installation that ``init`` made."""

import pytest

from support.admin import admin_site
from support.commands import initialised


@pytest.fixture
async def site(tmp_path):
    async with admin_site(initialised(tmp_path)) as running:
        yield running
