"""The request that is handed to the client, and the answer that comes back."""

from collections.abc import AsyncGenerator, Container
from dataclasses import dataclass, field

from widget_service.body_stream import BodyStream
from widget_service.egress.client_tls import ClientTls
from widget_service.egress.failures import too_large, too_slow
from widget_service.egress.transfer import Transfer
from widget_service.egress.upload import Upload
from widget_service.errors import UpstreamError
from widget_service.time_limits import now

Pair = tuple[str, str]

FREE_BYTES = 10 * 1024 * 1024
"""As much of a decoded body is never suspicious: what the service holds anyway."""

MAX_RATIO = 100
"""Beyond `FREE_BYTES`, a body may not be longer than so many times what came over the wire: it is a bomb."""


@dataclass(slots=True)
class UpstreamRequest:
    """One request to a destination.

    Headers are sent as they are given, values in UTF-8; those that belong to the connection (``Host``,
    ``Content-Length`` …) are the client's own. ``sensitive_headers`` are lowercase names that are dropped for good
    when a redirect leads to another origin. ``headers_timeout_s`` counts over all hops up to the response headers,
    ``idle_timeout_s`` is the longest silence after them, ``body_timeout_s`` the longest that `UpstreamResponse.read`
    takes. The content of a HEAD request is not sent: it has no meaning (RFC 9110 §9.3.2). ``upload`` is a body that is
    sent as it comes, in place of ``body``; such a request is sent once, whatever its method. ``tls`` is for the origin
    of ``url`` alone. ``is_repeatable`` says that asking twice does no harm whatever the method: it may be sent again
    when a kept connection turns out to be closed. ``made_for`` is whatever the request is made for, which the client
    leaves alone. ``as_proxy`` leaves redirects and content codings to whoever asked, and takes any method.
    """

    method: str
    url: str
    headers: list[Pair] = field(default_factory=list, repr=False)
    body: bytes | None = field(default=None, repr=False)
    sensitive_headers: Container[str] = frozenset()
    is_repeatable: bool = False
    as_proxy: bool = False
    connect_timeout_s: float = 5.0
    headers_timeout_s: float = 15.0
    idle_timeout_s: float = 15.0
    body_timeout_s: float = 15.0
    upload: Upload | None = field(default=None, repr=False)
    tls: ClientTls | None = None
    made_for: object = field(default=None, repr=False)


class UpstreamResponse:
    """An answer whose body has not been read yet; it is read once, by `read` or by `aiter_bytes`.

    The body is decoded (gzip, deflate), and ``headers`` say nothing of its coding then. An answer that is dropped
    unread ends its transfer, but `aclose` does so at once.
    """

    def __init__(self, request: UpstreamRequest, transfer: Transfer, *, was_redirected: bool = False) -> None:
        self._request = request
        self._transfer = transfer
        self.was_redirected = was_redirected
        """Whether it came from another URL than the one that was asked."""
        self.status: int = transfer.head.status
        self.headers: list[Pair] = transfer.head.passed_on(decoded=not request.as_proxy)

    def aiter_bytes(self) -> AsyncGenerator[bytes]:
        """Return the body as it comes. A slow reader slows the destination down.

        Raises `UpstreamError` in the middle where the answer is cut off, malformed, silent for too long, or a bomb.
        """
        return _Stream(self, self._transfer, self._request.idle_timeout_s)

    @property
    def has_ended(self) -> bool:
        """Whether the whole body is there already, or what came instead: reading it does not wait."""
        return self._transfer.ended

    @property
    def content_length(self) -> str | None:
        """The length of the body as the destination gave it, where it is the length that is passed on."""
        head = self._transfer.head
        lengths = head.values("content-length")
        if len(lengths) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            return None
        if head.values("content-encoding") and not self._request.as_proxy:
            return None
        return lengths[0]

    @property
    def is_delimited(self) -> bool:
        """Whether the end of the body can be told from a connection that broke off."""
        return self._request.method == "HEAD" or self._transfer.head.is_delimited

    def read_now(self) -> bytes:
        """Return the body of an answer that `has_ended`; raise what ended it before its time."""
        body = self._transfer.take()
        self._transfer.raise_failure()
        return body

    async def read(self, limit: int) -> bytes:
        """Return the whole body; raise ``UPSTREAM_RESPONSE_TOO_LARGE`` where it is longer than ``limit`` bytes."""
        transfer = self._transfer
        transfer.hold(limit)
        if not transfer.ended:
            await self._wait_for_end()
        body = transfer.take()
        transfer.raise_failure()
        if len(body) > limit:
            raise too_large(transfer.host, f"is longer than {limit} bytes")
        return body

    async def _wait_for_end(self) -> None:
        transfer = self._transfer
        try:
            until = now() + self._request.body_timeout_s
            while not transfer.ended:
                await transfer.wait(until)
        except TimeoutError:
            raise too_slow(transfer.host, f"did not end its answer within {self._request.body_timeout_s:g} s") from None
        finally:
            transfer.stop()

    async def aclose(self) -> None:
        """End the transfer, if it has not ended yet. Idempotent."""
        self._transfer.stop()

    def __del__(self) -> None:
        self._transfer.abandon()


class _Stream(BodyStream):
    """The body as an asynchronous generator that can be closed before its first step too, unlike a function's."""

    def __init__(self, response: UpstreamResponse, transfer: Transfer, idle_timeout_s: float) -> None:
        self._response = response  # a dropped response ends its transfer: held as long as the stream
        self._transfer = transfer
        self._idle_timeout_s = idle_timeout_s
        self._size = 0

    async def __anext__(self) -> bytes:
        transfer = self._transfer
        while not (chunk := transfer.take()):
            if transfer.ended:
                transfer.raise_failure()
                raise StopAsyncIteration
            await self._wait()
        self._size += len(chunk)
        if self._size > FREE_BYTES and transfer.is_bomb(self._size, MAX_RATIO):
            transfer.stop()
            raise too_large(transfer.host, f"is more than {MAX_RATIO} times as long decoded as it was sent")
        return chunk

    async def aclose(self) -> None:
        """End the transfer, if it has not ended yet."""
        self._transfer.stop()

    async def _wait(self) -> None:
        try:
            await self._transfer.wait(now() + self._idle_timeout_s)
        except TimeoutError:
            self._transfer.stop()
            raise self._silence() from None
        except BaseException:
            self._transfer.stop()
            raise

    def _silence(self) -> UpstreamError:
        return too_slow(self._transfer.host, f"was silent for {self._idle_timeout_s:g} s")
