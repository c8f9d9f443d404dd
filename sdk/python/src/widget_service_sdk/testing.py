"""A fake Widget Service for tests of code that uses the SDK.

::

    with FakeService() as fake:
        fake.connector("weather-api", method="GET", returns={"temp": 21})
        with WidgetServiceSDK(base_url=fake.url) as sdk:
            assert sdk.connectors.execute(permalink="weather-api", method="GET") == {"temp": 21}
        assert fake.calls[0].permalink == "weather-api"

It answers over HTTP on a loopback port, or in process: ``fake.sdk()`` and ``fake.sync_sdk()`` need no ``with`` and no
socket, and so run inside a browser too.
"""

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ._client import WidgetServiceSDK
from ._testing.answers import FakeAnswer, FakeBehaviour, answer_batch, answer_call
from ._testing.calls import RecordedCall, read_call
from ._testing.transport import InProcessTransport

if TYPE_CHECKING:
    from ._testing.server import FakeServer
    from .sync import WidgetServiceSDK as BlockingSDK

__all__ = ["FakeService", "RecordedCall"]

_IN_PROCESS_URL = "http://fake.test"


class FakeService:
    """Connectors that answer as they are told, and a record of the calls in ``calls``, oldest first."""

    def __init__(self) -> None:
        self.calls: list[RecordedCall] = []
        self._connectors: dict[tuple[str, bool], FakeBehaviour] = {}
        self._server: FakeServer | None = None

    def connector(
        self,
        permalink: str,
        *,
        method: str = "GET",
        returns: Any = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        error: str | None = None,
        detail: str = "as the test wants it",
        delay_ms: float = 0,
        disconnects: bool = False,
    ) -> None:
        """Adds a connector, or replaces the one with this permalink.

        ``returns`` is the JSON value that it answers with, or bytes to answer with as they are, or a function that
        gets the RecordedCall and gives either. With a ``status`` of 4xx or 5xx, that is the destination's own answer.
        ``error`` is a code of the service's own errors, as ``"OAUTH_TOKEN_ERROR"``, with its ``detail``. ``delay_ms``
        passes before the answer begins; ``disconnects`` breaks the connection instead of answering.
        """
        self._connectors[permalink, False] = FakeBehaviour(
            method, returns, status, dict(headers or {}), error, detail, delay_ms / 1000, disconnects
        )

    def composite(self, permalink: str | int, **behaviour: Any) -> None:
        """Adds a composite connector; ``behaviour`` is that of ``connector``, the method always POST."""
        self.connector(str(permalink), method="POST", **behaviour)
        self._connectors[str(permalink), True] = self._connectors.pop((str(permalink), False))

    def calls_to(self, permalink: str) -> list[RecordedCall]:
        """The calls of one connector, oldest first."""
        return [call for call in self.calls if call.permalink == permalink]

    @property
    def url(self) -> str:
        """The base URL for the SDK, while the service runs. Raises RuntimeError outside of the ``with`` block."""
        if self._server is None:
            raise RuntimeError("the fake service does not run: use it as a `with` block, or call start()")
        return self._server.url

    def start(self) -> Self:
        """Answers on a free loopback port from now on."""
        from ._testing.server import FakeServer

        self._server = FakeServer(self._answer)
        return self

    def stop(self) -> None:
        """Closes the port and every connection."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def sdk(self, **settings: Any) -> WidgetServiceSDK:
        """An asynchronous client that reaches this service without a socket; ``settings`` are those of the client."""
        client = WidgetServiceSDK(**{"base_url": _IN_PROCESS_URL, **settings})
        client._transport = client.connectors._transport = InProcessTransport(self._answer).asynchronous()
        return client

    def sync_sdk(self, **settings: Any) -> "BlockingSDK":
        """A blocking client that reaches this service without a socket."""
        from .sync import WidgetServiceSDK as BlockingSDK

        client = BlockingSDK(**{"base_url": _IN_PROCESS_URL, **settings})
        client._transport = client.connectors._transport = InProcessTransport(self._answer)
        return client

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> FakeAnswer:
        if method == "POST" and target.partition("?")[0].endswith("/batch"):
            return answer_batch(body, self._execute)
        return self._execute(read_call(method, target, headers, body))

    def _execute(self, call: RecordedCall | None) -> FakeAnswer:
        if call is None:
            return FakeAnswer(404)
        self.calls.append(call)
        return answer_call(call, self._connectors.get((call.permalink, call.composite)))
