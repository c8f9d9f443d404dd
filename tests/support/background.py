"""Scripted destinations for tests that block: they run in an event loop of their own, in a thread."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

from unit.widget_service.egress.scripted import Scripted, Talk, scripted


@contextmanager
def destinations(talks: dict[str, Talk | tuple[Talk, ssl.SSLContext]]) -> Iterator[dict[str, Scripted]]:
    """Serve each talk on a port of its own while the block runs."""
    started, servers, loop = threading.Event(), {}, asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            for name, talk in talks.items():
                spoken, tls = talk if isinstance(talk, tuple) else (talk, None)
                servers[name] = await stack.enter_async_context(scripted(spoken, tls=tls))
            started.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    try:
        assert started.wait(10)
        yield servers
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()
