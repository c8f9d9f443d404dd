"""Transfers of libcurl in the event loop: their sockets, their timer and their ends.

It does what `pycurl.AsyncCurlMulti` does for less: sockets are watched behind one descriptor, a timer that is put off
is not set anew, and nobody waits a turn of the loop to be told of an end. Transfers that begin in the same turn are
sent one after the other at its end: alternating with other work, each would cost half as much again.
"""

import asyncio
from collections.abc import Callable

import pycurl

from widget_service.egress.readiness import READ, WRITE, new_poller

OnEnd = Callable[[int, str], None]
"""Told once how a transfer has ended: libcurl's CURLcode, 0 for one that is complete, and a message for the log."""

_BROKEN_OFF = 56  # CURLE_RECV_ERROR


class Driver:
    """Runs handles in the event loop in which it is made; libcurl calls back from within."""

    def __init__(self, *, max_idle: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._running: dict[pycurl.Curl, OnEnd] = {}
        self._due: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._goes_on = self._is_closed = False
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, max_idle)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._on_timer)
        self._poller = new_poller()
        self._loop.add_reader(self._poller.fileno(), self._on_ready)

    @property
    def is_busy(self) -> bool:
        """Whether a transfer runs."""
        return bool(self._running)

    @property
    def running(self) -> int:
        """How many transfers run."""
        return len(self._running)

    def start(self, handle: pycurl.Curl, on_end: OnEnd) -> None:
        """Begin a transfer, soon."""
        self._multi.add_handle(handle)
        self._running[handle] = on_end

    def stop(self, handle: pycurl.Curl) -> None:
        """Break a transfer off, if it runs; nothing is told of it any more."""
        if self._running.pop(handle, None) is not None:
            self._multi.remove_handle(handle)

    def close(self) -> None:
        """Break all transfers off and close all connections. Idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        running, self._running = self._running, {}
        for handle in running:
            self._multi.remove_handle(handle)
        self._multi.close()
        self._loop.remove_reader(self._poller.fileno())
        self._poller.close()
        if self._timer is not None:
            self._timer.cancel()
        for on_end in running.values():
            on_end(_BROKEN_OFF, "the client was closed")

    def _on_ready(self) -> None:
        for descriptor, mask in self._poller.ready():
            self._act(descriptor, mask)

    def _on_due(self) -> None:
        self._timer = None
        if self._due is not None and self._due > self._loop.time():
            self._timer = self._loop.call_at(self._due, self._on_due)
        elif self._due is not None:
            self._go_on()

    def _go_on(self) -> None:
        self._goes_on = False
        self._act(pycurl.SOCKET_TIMEOUT, 0)

    def _act(self, descriptor: int, mask: int) -> None:
        """Let libcurl go on; `READ` and `WRITE` are its own ``CURL_CSELECT_IN`` and ``CURL_CSELECT_OUT``."""
        try:
            self._multi.socket_action(descriptor, mask)
        except pycurl.error as error:
            for handle in list(self._running):
                self._end(handle, _BROKEN_OFF, f"libcurl cannot go on: {error}")
            return
        _, complete, broken = self._multi.info_read()
        for handle in complete:
            self._end(handle, 0, "")
        for handle, code, message in broken:
            self._end(handle, code, message)

    def _end(self, handle: pycurl.Curl, code: int, message: str) -> None:
        on_end = self._running.pop(handle)
        self._multi.remove_handle(handle)
        on_end(code, message)

    # Called by libcurl. An exception would be printed and lost: none may leave.

    def _on_socket(self, what: int, descriptor: int, _multi: pycurl.CurlMulti, _data: object) -> None:
        self._poller.watch(descriptor, what & (READ | WRITE))  # CURL_POLL_IN and _OUT; _REMOVE is another bit

    def _on_timer(self, timeout_ms: int) -> None:
        if timeout_ms < 0:
            self._due = None
        elif timeout_ms == 0:
            self._due = None
            if not self._goes_on:
                self._goes_on = True
                self._loop.call_soon(self._go_on)
        elif not self._is_closed:
            self._due = self._loop.time() + timeout_ms / 1000
            self._arm(self._due)

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            if self._timer.when() <= due:
                return  # it comes too early, and is set again then
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._on_due)
