"""One exchange on one connection: libcurl's callbacks on one side, a coroutine that waits on the other."""

import asyncio
from collections.abc import Callable

import pycurl

from widget_service.egress.addresses import Verdict
from widget_service.egress.decoding import STEP_BYTES, Decoder, NotDecoded
from widget_service.egress.failures import Phase, failure_of, malformed, not_allowed, too_large
from widget_service.egress.lent_socket import LentSocket
from widget_service.egress.policy import Refused
from widget_service.egress.response_head import MalformedHead, ResponseHead
from widget_service.egress.running import Connections
from widget_service.egress.upload import Upload
from widget_service.errors import ServiceError
from widget_service.time_limits import Deadlines

HIGH_WATER_BYTES = 256 * 1024
"""A body is held back in the connection while so much of it waits for its reader."""

_ABORT = -1
_BAD_CONTENT_ENCODING = 61
Judge = Callable[[str], Verdict]


class Transfer:
    """Runs a prepared handle. ``host`` is for messages; ``judge`` says what an address is, just before it is used.

    ``once`` says that the request must not be sent a second time: libcurl does that by itself when a connection
    that was used before turns out to be closed. ``decodes`` says that a content coding is taken off the body.
    """

    def __init__(
        self, host: str, *, judge: Judge, deadlines: Deadlines, once: bool, decodes: bool, upload: Upload | None = None
    ) -> None:
        self.host = host
        self.head = ResponseHead()
        self.ended = False
        self.connections_opened = 0
        self._judge, self._deadlines, self._once, self._upload = judge, deadlines, once, upload
        self._decodes = decodes
        self._decoder: Decoder | None = None
        self._was_sent = False
        self._failure: ServiceError | None = None
        self._chunks: list[bytes] = []
        self._buffered = 0
        self._total = 0
        self._high_water = HIGH_WATER_BYTES
        self._limit: int | None = None
        self._paused = False
        self._waiter: asyncio.Future[bool] | None = None
        self._handle: pycurl.Curl | None = None

    def start(self, handle: pycurl.Curl, connections: Connections, *, is_plain: bool) -> None:
        """Begin the transfer of a handle that has its request; ``is_plain`` is for whoever takes the handle back."""
        handle.setopt(pycurl.HEADERFUNCTION, self._on_header)
        handle.setopt(pycurl.WRITEFUNCTION, self._on_body)
        handle.setopt(pycurl.OPENSOCKETFUNCTION, self._on_open_socket)
        handle.setopt(pycurl.PREREQFUNCTION, self._on_connected)
        self._handle, self._connections, self._is_plain = handle, connections, is_plain
        self._loop = asyncio.get_running_loop()
        if self._upload is not None:
            self._upload.start(self._resume_upload)
        connections.start(handle, self._on_end)

    async def wait(self, until: float) -> None:
        """Return when something has happened: the head is complete, a part of the body is there, or all has ended.

        Raises ``TimeoutError`` at the time ``until`` of the event loop's clock.
        """
        waiter = self._waiter = self._loop.create_future()
        deadline = self._deadlines.add(until, self._expire)
        try:
            if not await waiter:
                raise TimeoutError
        finally:
            deadline.cancel()
            self._waiter = None

    async def wait_for_head(self, until: float) -> None:
        """Return when the head of the answer is complete; raise what went wrong before, or ``TimeoutError``."""
        while not self.head.complete and not self.ended:
            await self.wait(until)
        if not self.head.complete:
            self.raise_failure()
            raise malformed(self.host, "ended its answer within the headers")

    def take(self) -> bytes:
        """Return what has come of the body since, decoded; nothing is not the end."""
        chunks = self._chunks
        if not chunks:
            return b""
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._chunks, self._buffered = [], 0
        self._resume()
        return body

    def hold(self, limit: int) -> None:
        """Take the rest of the body without holding it back, up to ``limit`` bytes in all."""
        self._high_water = self._limit = limit
        if self._total > limit:
            self._failure = self._failure or too_large(self.host, f"is longer than {limit} bytes")
            self.stop()
        self._resume()

    def raise_failure(self) -> None:
        """Raise what ended the transfer before its time, if anything did."""
        if self._failure is not None:
            raise self._failure

    def is_bomb(self, size: int, ratio: int) -> bool:
        """Whether ``size`` decoded bytes are more than ``ratio`` times what came over the wire."""
        return self._decoder is not None and size > ratio * self._decoder.taken

    def stop(self) -> None:
        """Break the transfer off, if it has not ended; what it has brought is dropped."""
        if self.ended or self._handle is None:
            return
        handle, self._handle = self._handle, None
        self.ended = True
        self._failure = self._failure or malformed(self.host, "was not read to its end")
        self._chunks, self._buffered = [], 0
        self._end_upload()
        self._connections.stop(handle)
        self._wake()

    def abandon(self) -> None:
        """Break the transfer off soon, from wherever its last reference has gone."""
        if not self.ended and self._handle is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.stop)

    @property
    def _phase(self) -> Phase:
        if self.head.has_begun:
            return Phase.BODY if self.head.complete else Phase.HEADERS
        return Phase.SENT if self._was_sent else Phase.CONNECTING

    @property
    def _is_cut_off(self) -> bool:
        decoder = self._decoder
        return decoder is not None and not decoder.is_complete(may_be_empty=self.head.is_delimited)

    def _resume(self) -> None:
        if self._paused and self._handle is not None:
            self._paused = False
            self._continue(self._handle, pycurl.PAUSE_CONT)  # hands over what was held back, before it returns

    def _resume_upload(self) -> None:
        if self._handle is not None and not self.ended:
            self._continue(self._handle, pycurl.PAUSE_RECV if self._paused else pycurl.PAUSE_CONT)

    def _continue(self, handle: pycurl.Curl, what: int) -> None:
        try:
            handle.pause(what)
        except pycurl.error as error:
            code, message = (*error.args, 0, "")[:2]
            self._failure = self._failure or failure_of(int(code), self._phase, self.host, str(message))
            self.stop()

    def _end_upload(self) -> None:
        if self._upload is not None:
            self._upload.stop()
            self._failure = self._upload.failure or self._failure

    def _expire(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(False)

    def _wake(self) -> None:
        """Wake whoever waits: in the next turn of the loop, when often head, body and end have come."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(True)

    # Called by libcurl, in the event loop's thread. An exception would be printed and lost: none may leave.

    def _on_open_socket(self, _purpose: int, address: tuple[int, int, int, tuple[str, int]]) -> LentSocket | int:
        family, kind, protocol, (host, *_) = address
        if not self._admit(host):
            return int(pycurl.SOCKET_BAD)
        self.connections_opened += 1
        try:
            return LentSocket(family, kind, protocol)
        except OSError:
            return int(pycurl.SOCKET_BAD)

    def _on_connected(self, address: str, _local: str, _port: int, _local_port: int) -> int:
        if not self._admit(address) or (self._was_sent and self._once):
            return int(pycurl.PREREQFUNC_ABORT)
        self._was_sent = True
        return int(pycurl.PREREQFUNC_OK)

    def _on_header(self, line: bytes) -> int | None:
        try:
            if self.head.add(line):
                if self._decodes and (codings := self.head.codings):
                    self._decoder = Decoder(codings)
                self._wake()
        except MalformedHead as error:
            self._failure = malformed(self.host, f"sent headers that are not read: {error}")
            return _ABORT
        return None

    def _on_coded(self, decoder: Decoder, data: bytes) -> int | None:
        decoder.offer(data)
        while not decoder.is_idle:
            if self._limit is None and self._buffered + STEP_BYTES > self._high_water:
                self._paused = True
                return int(pycurl.WRITEFUNC_PAUSE)
            try:
                part = decoder.step()
            except NotDecoded as error:
                self._failure = failure_of(_BAD_CONTENT_ENCODING, self._phase, self.host, str(error))
                return _ABORT
            if part and self._keep(part) is not None:
                return _ABORT
        return None

    def _on_body(self, data: bytes) -> int | None:
        return self._keep(data) if self._decoder is None else self._on_coded(self._decoder, data)

    def _keep(self, data: bytes) -> int | None:
        size = len(data)
        if self._limit is not None and self._total + size > self._limit:
            self._failure = too_large(self.host, f"is longer than {self._limit} bytes")
            return _ABORT
        if self._buffered and self._buffered + size > self._high_water:
            self._paused = True
            return int(pycurl.WRITEFUNC_PAUSE)
        self._chunks.append(data)
        self._buffered += size
        self._total += size
        self._wake()
        return None

    def _on_end(self, code: int, message: str) -> None:
        if self._handle is None:  # stopped
            return
        handle, self._handle = self._handle, None
        self.ended = True
        if code and self._failure is None:
            self._failure = failure_of(code, self._phase, self.host, message)
        if self._failure is None and self._is_cut_off:
            self._failure = malformed(self.host, "ended its answer before its content coding was complete")
        self._end_upload()
        self._connections.give_back(handle, is_plain=self._is_plain)
        self._wake()

    def _admit(self, address: str) -> bool:
        found = self._judge(address)
        if found is not Verdict.PUBLIC:
            self._failure = not_allowed(Refused(found, f"{self.host} was about to be reached at {address}"))
        return found is Verdict.PUBLIC
