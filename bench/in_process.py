"""A server loop without a server: it calls the service's ASGI application in this process, as granian would."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, redirect_stderr, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.origin import Origin
from bench.processes import ProgramFailed
from bench.stacks.repository import USER_ID, make_installation
from widget_service.control.plane import read_master_keys
from widget_service.http import ASGIApp, Message, Scope
from widget_service.identity.sessions import Sessions
from widget_service.identity.users import User
from widget_service.serve.app import create_serve_app
from widget_service.serving import StopSignal

HOST = "127.0.0.1:8400"


@dataclass(frozen=True, slots=True)
class Call:
    """One call, made over and over. ``expected`` is the status that every answer must have."""

    path: str
    headers: Mapping[str, str]
    expected: int = 200

    def scope(self) -> Scope:
        """Return what a server tells of the request (ASGI HTTP connection scope)."""
        headers = {"host": HOST, **self.headers}
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", "40000"),
            "server": ("127.0.0.1", 8400),
        }


@asynccontextmanager
async def application(folder: Path, origin: Origin) -> AsyncIterator[tuple[ASGIApp, Mapping[str, str]]]:
    """Run what ``widget-service serve`` runs, over an installation of its own, with a session's headers.

    What it logs goes nowhere, but is written.
    """
    settings, _ = make_installation(folder, origin)
    opened = Sessions(read_master_keys(settings), secure=settings.session_cookie_secure).open(User(id=USER_ID))
    headers = {"Cookie": opened.set_cookie.partition(";")[0], "X-CSRF-Token": opened.csrf_token}
    stop = StopSignal()
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):  # noqa: ASYNC230 - nothing else runs yet
        app = create_serve_app(settings, stop)
        await _lifespan(app, "startup")
        try:
            yield app, headers
        finally:
            stop.set()
            await _lifespan(app, "shutdown")


async def repeat(app: ASGIApp, call: Call, *, count: int, at_once: int) -> None:
    """Make ``count`` calls, ``at_once`` at a time."""
    rest = iter(range(count))

    async def connection() -> None:
        for _ in rest:
            await _one(app, call)

    await asyncio.gather(*(connection() for _ in range(at_once)))


async def _one(app: ASGIApp, call: Call) -> None:
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    await app(call.scope(), receive, send)
    if status != call.expected:
        raise ProgramFailed(f"{call.path} was answered with {status}, not {call.expected}")


async def _lifespan(app: ASGIApp, stage: str) -> None:
    messages: list[dict[str, Any]] = [{"type": f"lifespan.{stage}"}]
    told: list[Message] = []

    async def receive() -> Message:
        if messages:
            return messages.pop()
        raise _Ended

    async def send(message: Message) -> None:
        told.append(message)

    with suppress(_Ended):
        await app({"type": "lifespan"}, receive, send)
    if told[0]["type"] != f"lifespan.{stage}.complete":
        raise ProgramFailed(f"the application's {stage} failed: {told[0].get('message')}")


class _Ended(Exception):
    """The server has nothing more to say."""
