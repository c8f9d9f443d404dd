"""Host names to addresses, once for a request, off the event loop and with a deadline."""

import asyncio
import socket
import threading
from collections.abc import Callable

from widget_service.egress.policy import LOOPBACK_ADDRESSES, is_loopback_name

LookUp = Callable[[str], list[str]]
"""Returns the addresses of a name as texts, in the order in which they are tried; blocks. Raises ``OSError``."""

FRESH_S = 5.0
"""How long an answer serves the requests that follow: short, since the system's resolver gives no time to live.

Every request judges the addresses again, whoever looked them up."""

_MAX_NAMES = 1024
_MAX_THREADS = 32


class ResolutionFailed(Exception):
    """The name has no address, or none can be found out; the message is for the log."""


def system_look_up(name: str) -> list[str]:
    """Return what the system's resolver says (``getaddrinfo``), in its order (RFC 6724)."""
    answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


class Resolver:
    """Looks names up: one look-up a name at a time, its answer shared by all who wait for it.

    Each runs in a thread of its own which ends with the process: a name server that hangs holds up neither other
    names nor the end of the service.
    """

    def __init__(self, look_up: LookUp = system_look_up, *, fresh_s: float = FRESH_S) -> None:
        self._look_up = look_up
        self._fresh_s = fresh_s
        self._known: dict[str, tuple[float, list[str]]] = {}
        self._running: dict[str, asyncio.Task[list[str]]] = {}
        self._threads = asyncio.Semaphore(_MAX_THREADS)

    async def resolve(self, name: str, timeout_s: float) -> list[str]:
        """Return every address of ``name``, in the order in which they are tried.

        Raises `ResolutionFailed`, and ``TimeoutError`` after ``timeout_s`` seconds.
        """
        if is_loopback_name(name):
            return list(LOOPBACK_ADDRESSES)
        now = asyncio.get_running_loop().time()
        if (known := self._known.get(name)) is not None and now < known[0]:
            return known[1]
        task = self._running.get(name)
        if task is None:
            task = self._running[name] = asyncio.create_task(self._find(name))
            task.add_done_callback(lambda done: self._finished(name, done))
        async with asyncio.timeout(timeout_s):
            return await _result_of(task, name)

    def forget(self) -> None:
        """Stop waiting for look-ups and drop what is known."""
        self._known.clear()
        for task in self._running.values():
            task.cancel()

    async def _find(self, name: str) -> list[str]:
        async with self._threads:
            answers = await _in_thread(self._look_up, name)
        if not answers:
            raise ResolutionFailed(f"{name} has no address")
        return answers

    def _finished(self, name: str, task: asyncio.Task[list[str]]) -> None:
        self._running.pop(name, None)
        if task.cancelled() or task.exception() is not None:
            return
        if len(self._known) >= _MAX_NAMES:
            self._known.pop(next(iter(self._known)))
        self._known[name] = (task.get_loop().time() + self._fresh_s, task.result())


async def _result_of(task: asyncio.Task[list[str]], name: str) -> list[str]:
    """Wait for a look-up that others wait for too: giving up does not end it."""
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        waiter = asyncio.current_task()
        if task.cancelled() and waiter is not None and not waiter.cancelling():
            raise ResolutionFailed(f"{name}: its look-up was given up, since the client closes") from None
        raise


async def _in_thread(look_up: LookUp, name: str) -> list[str]:
    """Run a blocking look-up in a daemon thread; waiting for it can be given up, the thread cannot."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[str]] = loop.create_future()

    def finish(answer: list[str] | None, failure: Exception | None) -> None:
        if future.done():
            return
        if failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(answer or [])

    def run() -> None:
        answer, failure = None, None
        try:
            answer = look_up(name)
        except (OSError, UnicodeError) as error:
            failure = ResolutionFailed(f"{name} cannot be resolved: {error}")
        except Exception as error:  # noqa: BLE001 - whoever waits must learn of it, whatever it is
            failure = ResolutionFailed(f"{name} cannot be resolved: {type(error).__name__}")
        try:
            loop.call_soon_threadsafe(finish, answer, failure)
        except RuntimeError:
            return  # the loop has ended meanwhile; nobody waits

    threading.Thread(target=run, name=f"look-up of {name}", daemon=True).start()
    return await future
