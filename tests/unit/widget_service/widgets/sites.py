"""A site of widgets in this process, and a client that calls it as a browser would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette

from widget_service.egress import EgressPolicy, UpstreamClient
from widget_service.identity.sessions import Sessions
from widget_service.vault import MasterKey, MasterKeys
from widget_service.widgets import WidgetSite

ORIGIN = "http://127.0.0.1:8400"


@dataclass
class Site:
    """The site over ``repo``; ``client`` keeps cookies."""

    repo: Path
    widgets: WidgetSite
    sessions: Sessions
    client: httpx2.AsyncClient

    async def save(self, name: str, content: str) -> None:
        """Save a file of the repository and tell the site, as the watcher does."""
        (self.repo / name).write_text(content)
        await self.widgets.reload({self.repo / name})


@asynccontextmanager
async def site_of(repo: Path, *, policy: EgressPolicy | None = None, **options: Any) -> AsyncIterator[Site]:
    """Serve the widgets of ``repo`` while the block runs; ``policy`` guards contents, the rest is `WidgetSite`'s."""
    sessions = Sessions(MasterKeys([MasterKey(b"k" * 32)]), secure=False)
    upstream = UpstreamClient(policy or EgressPolicy())
    widgets = WidgetSite(repo, sessions=sessions, client=upstream, **options)
    transport = httpx2.ASGITransport(app=Starlette(routes=widgets.routes()))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        yield Site(repo, widgets, sessions, client)
    await upstream.aclose()
