"""The admin origin on a port, for browsers, and a past for it: connectors, calls and counts."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from support.admin import PASSWORD
from support.commands import Commands
from widget_service.admin.app import create_admin_app
from widget_service.control.admins import add_admin
from widget_service.control.editing import put_definition
from widget_service.control.plane import ControlPlane, control_plane
from widget_service.executions.counts import Counts
from widget_service.executions.record import Record, record_id, time_of
from widget_service.executions.writing import DatabaseSink, Retention
from widget_service.settings import load_settings

OWNER = "owner@example.com"


@dataclass
class AdminPages:
    """A running admin origin; ``plane`` is that of the test itself."""

    origin: str
    plane: ControlPlane

    def admin(self, name: str = OWNER, role: str = "owner") -> None:
        """Make an account with `PASSWORD`."""
        add_admin(self.plane, name, actor="test", role=role, password=PASSWORD)

    def connector(self, permalink: str, **fields: Any) -> None:
        """Make a connector by hand."""
        raw = {"name": permalink.capitalize(), "url": f"https://api.example.com/{permalink}", **fields}
        put_definition(self.plane, "default", permalink, raw, actor="admin:anna@example.com")

    def log_in(self, page: Any, name: str = OWNER) -> None:
        """Log in by the form."""
        page.goto(f"{self.origin}/admin/login")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", level=1).wait_for()


@contextmanager
def admin_pages(commands: Commands, **settings: Any) -> Iterator[AdminPages]:
    """Serve the admin origin over the data directory of ``commands`` while the block runs, by a thread."""
    listening = socket.create_server(("127.0.0.1", 0))
    given = {
        "data_dir": commands.folder / "data",
        "allow_insecure_upstreams": True,
        "session_cookie_secure": False,
        "admin_port": listening.getsockname()[1],
        **settings,
    }
    loaded = load_settings(defaults=given)
    with control_plane(loaded) as served, control_plane(loaded) as plane:
        app = create_admin_app(served, loaded)
        server = uvicorn.Server(uvicorn.Config(app, http="h11", ws="none", log_config=None, access_log=False))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        try:
            yield AdminPages(f"http://127.0.0.1:{loaded.admin_port}", plane)
        finally:
            server.should_exit = True
            thread.join(20)


def records(permalinks: list[str], count: int, until: float, *, apart_s: float = 60.0) -> Iterator[Record]:
    """Yield calls of the connectors by turns, the oldest first, so many seconds apart; some failed."""
    for number in range(count):
        at = until - (count - number) * apart_s
        is_error, is_hit = number % 23 == 7, number % 5 == 2
        external_ms = 0.0 if is_hit else 40.0 + (number * 37) % 90
        yield Record(
            id=record_id(at, lambda bits, number=number: number % 2**bits),
            tenant_id="default",
            permalink=permalinks[number % len(permalinks)],
            kind="connector",
            method="GET",
            status=502 if is_error else 200,
            code="UPSTREAM_TIMEOUT" if is_error else None,
            caller=None if number % 3 else f"user-{number % 40}",
            request_id=f"{number:08d}-0000-4000-8000-000000000000",
            host=None if is_hit else "api.example.com",
            total_ms=external_ms + 2.4,
            setup_ms=0.4,
            auth_ms=0.3,
            cache_ms=0.2,
            external_ms=external_ms,
            transform_ms=1.5,
            cache="Cache Hit" if is_hit else "Cache Miss",
            request_bytes=None,
            response_bytes=1234,
            attempts=1,
        )


def note_calls(plane: ControlPlane, calls: list[Record]) -> None:
    """Keep and count calls as the service does."""
    sink, counts = DatabaseSink(plane.database, Retention(10**9, 10.0**9)), Counts()
    for call in calls:
        at, is_hit = time_of(call.id), call.cache == "Cache Hit"
        counts.count(call.tenant_id, call.permalink, at).add(
            call.status, call.total_ms, call.external_ms, cache_hit=is_hit
        )
        counts.use(call.tenant_id, call.permalink, at).sent_at = at
    sink.write(calls, counts)
