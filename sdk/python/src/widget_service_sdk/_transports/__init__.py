"""Ways to the service: sockets natively, ``fetch`` inside a browser; the imports of each wait until it is used."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Protocol

from .._page import Page
from .._protocol import Request


class AsyncAnswer(Protocol):
    """An answer whose headers are there; ``headers`` looks names up in lower case."""

    status: int
    headers: Mapping[str, str]

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives, decompressed. Raises BrokenOff."""
        ...

    async def aclose(self) -> None:
        """Gives up what has not been read."""
        ...


class AsyncTransport(Protocol):
    """Sends requests; the caller keeps the time and cancels."""

    async def send(self, request: Request) -> AsyncAnswer:
        """The answer, once its headers are there. Raises Unreachable and BrokenOff."""
        ...

    async def aclose(self) -> None:
        """Closes the connections."""
        ...


class BlockingAnswer(Protocol):
    """As AsyncAnswer, for a caller that waits; the deadline of the request holds for the body too."""

    status: int
    headers: Mapping[str, str]

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives, decompressed. Raises BrokenOff and OutOfTime."""
        ...

    def close(self) -> None:
        """Gives up what has not been read."""
        ...


class BlockingTransport(Protocol):
    """Sends requests and keeps the time itself."""

    def send(self, request: Request) -> BlockingAnswer:
        """The answer, once its headers are there. Raises Unreachable, BrokenOff and OutOfTime."""
        ...

    def close(self) -> None:
        """Closes the connections."""
        ...


def async_transport(page: Page | None) -> AsyncTransport:
    """``fetch`` inside a browser, httpx2 elsewhere."""
    if page is not None:
        from .browser import BrowserTransport

        return BrowserTransport(page.origin)
    from .native import NativeTransport

    return NativeTransport()


def blocking_transport(page: Page | None) -> BlockingTransport:
    """httpx2. Raises RuntimeError inside a browser, where nothing may block."""
    if page is not None:
        raise RuntimeError(
            "a browser cannot wait: use widget_service_sdk.WidgetServiceSDK with `await` instead of the one of "
            "widget_service_sdk.sync"
        )
    from .blocking import HttpTransport

    return HttpTransport()
