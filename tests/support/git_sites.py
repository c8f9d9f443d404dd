"""An admin origin whose registries come from a git host, and what tests ask of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from support.admin import AdminSite, admin_site
from support.commands import initialised

TOKEN = "t0ken-of-the-repository-0123456789"
HOOK = "h00k-of-the-repository-0123456789"


def registry(*names: str, **more: Any) -> str:
    """Return the text of a registry with connectors of these names."""
    connectors = [{"name": name, "url": f"https://api.example.com/{name.lower()}"} for name in names]
    return json.dumps({"connectors": connectors, **more}, indent=2)


@asynccontextmanager
async def git_site(folder: Path) -> AsyncIterator[AdminSite]:
    """Serve the admin origin with the secrets ``git_token`` and ``git_hook``; ``owner`` has the header of a token."""
    async with admin_site(initialised(folder)) as running:
        running.owner = running.token("owner")
        for name, value in (("git_token", TOKEN), ("git_hook", HOOK)):
            await done(running, "PUT", f"/secrets/{name}", 201, json={"value": value})
        yield running


async def done(
    site: AdminSite, method: str, path: str, expected: int = 200, headers: dict[str, str] | None = None, **options: Any
) -> Any:
    """Call the API as the owner, and return the answer of the expected status; it never holds a secret."""
    answer = await site.api(method, path, {**site.owner, **(headers or {})}, **options)
    assert answer.status_code == expected, answer.text
    assert TOKEN not in answer.text
    assert HOOK not in answer.text
    return answer.json() if answer.content else None


async def permalinks(site: AdminSite) -> list[str]:
    """Return those of all connectors."""
    return [each["permalink"] for each in (await done(site, "GET", "/connectors"))["items"]]


async def until(site: AdminSite, wanted: list[str]) -> None:
    """Wait until the connectors are these."""
    async with asyncio.timeout(20):
        while await permalinks(site) != wanted:
            await asyncio.sleep(0.02)
