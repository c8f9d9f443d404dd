"""The transport for browsers: what it asks of ``fetch``, and what it makes of its answers.

``fetch`` is a stand-in here; that the whole works under Pyodide is for the tests in a real browser.
"""

import asyncio
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import widget_service_sdk._client as client_module
from unit.widget_service_sdk.vectors import cases, check_request, page_of
from widget_service_sdk import ConnectorExecuteError, ConnectorNetworkError, ConnectorTimeoutError, WidgetServiceSDK
from widget_service_sdk._page import Page, current_page
from widget_service_sdk._protocol import Request, Subject
from widget_service_sdk.sync import WidgetServiceSDK as BlockingSDK


class Fetch:
    """Stands in for ``fetch``: keeps what it was asked, and answers with ``answer()``."""

    def __init__(self) -> None:
        self.url = ""
        self.options = SimpleNamespace()
        self.aborted = 0
        self.answer: Callable[[], Any] = lambda: response(200, b"{}")

    async def __call__(self, url: str, options: Any) -> Any:
        self.url, self.options = url, options
        answer = self.answer()
        return await answer if asyncio.iscoroutine(answer) else answer

    def abort(self) -> None:
        """What ``AbortController.abort`` does."""
        self.aborted += 1


class Bytes:
    """Stands in for a Uint8Array."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def to_bytes(self) -> bytes:
        """The bytes."""
        return self._data


def response(status: int, *pieces: bytes, headers: dict[str, str] | None = None, error: Exception | None = None) -> Any:
    """Stands in for a Response whose body arrives in pieces, and ends with an error if there is one."""
    waiting = list(pieces)

    async def read() -> Any:
        if waiting:
            return SimpleNamespace(done=False, value=Bytes(waiting.pop(0)))
        if error is not None:
            raise error
        return SimpleNamespace(done=True)

    body = SimpleNamespace(getReader=lambda: SimpleNamespace(read=read))
    return SimpleNamespace(status=status, headers=SimpleNamespace(entries=(headers or {}).items), body=body)


@pytest.fixture
def fetch(monkeypatch: pytest.MonkeyPatch) -> Fetch:
    """A stand-in for the modules of Pyodide, and for the page of https://host.example."""
    stand_in = Fetch()
    js, ffi = ModuleType("js"), ModuleType("pyodide.ffi")
    js.fetch = stand_in  # type: ignore[attr-defined]
    js.Object = SimpleNamespace(fromEntries=dict)  # type: ignore[attr-defined]
    controller = SimpleNamespace(signal="the signal", abort=stand_in.abort)
    js.AbortController = SimpleNamespace(new=lambda: controller)  # type: ignore[attr-defined]
    ffi.to_js = lambda value, dict_converter: SimpleNamespace(**dict_converter(value))  # type: ignore[attr-defined]
    for name, module in (("js", js), ("pyodide", ModuleType("pyodide")), ("pyodide.ffi", ffi)):
        monkeypatch.setitem(sys.modules, name, module)
    set_page(monkeypatch, {"page": {"origin": "https://host.example"}})
    return stand_in


def set_page(monkeypatch: pytest.MonkeyPatch, case: dict[str, Any]) -> None:
    """Puts the client into the page of a case."""
    monkeypatch.setattr(client_module, "current_page", lambda: page_of(case))


def sent(fetch: Fetch) -> Request:
    """What ``fetch`` was asked, as a request; header values read back from the bytes that they stand for."""
    headers = [(name, value.encode("latin-1").decode()) for name, value in fetch.options.headers]
    body = getattr(fetch.options, "body", None)
    return Request(
        Subject("", ""), fetch.options.method, fetch.url, headers, body.encode() if body is not None else None, 0, False
    )


@pytest.mark.parametrize("case", [case for case in cases("requests.json") if "page" in case], ids=lambda c: c["name"])
async def test_requests_from_a_page(case: Any, fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    set_page(monkeypatch, case)
    sdk = WidgetServiceSDK(case.get("config", {"baseUrl": "https://widgets.example"}))
    await sdk.connectors.execute(case.get("options", {"permalink": "weather-api", "method": "GET"}))
    check_request(case["expect"], sent(fetch))
    if "credentials" in case["expect"]:
        assert fetch.options.credentials == case["expect"]["credentials"]
    assert fetch.options.redirect == "manual"
    assert fetch.options.signal == "the signal"


async def test_header_values_are_given_as_the_bytes_of_utf_8(fetch: Fetch) -> None:
    await WidgetServiceSDK().connectors.execute(permalink="a", method="GET", headers={"X-City": "Łódź"})
    assert ["X-City", "Å\x81Ã³dÅº"] in fetch.options.headers


async def test_a_payload_is_given_as_text(fetch: Fetch) -> None:
    await WidgetServiceSDK().connectors.execute(permalink="a", method="POST", payload={"city": "Łódź"})
    assert fetch.options.body == '{"city":"Łódź"}'


async def test_an_answer_is_read_in_pieces(fetch: Fetch) -> None:
    fetch.answer = lambda: response(200, b'{"a"', b": 1}")
    assert await WidgetServiceSDK().connectors.execute(permalink="a", method="GET") == {"a": 1}


async def test_an_answer_without_a_body_is_an_empty_object(fetch: Fetch) -> None:
    empty = response(204)
    empty.body = None
    fetch.answer = lambda: empty
    assert await WidgetServiceSDK().connectors.execute(permalink="a", method="GET") == {}


async def test_an_opaque_redirect_is_not_followed(fetch: Fetch) -> None:
    fetch.answer = lambda: response(0)
    with pytest.raises(ConnectorExecuteError, match="redirects, which is not followed") as caught:
        await WidgetServiceSDK().connectors.execute(permalink="a", method="GET")
    assert caught.value.code == "INVALID_RESPONSE"


class JsException(Exception):
    """Stands in for Pyodide's."""


async def test_a_failing_fetch_is_a_network_error(fetch: Fetch) -> None:
    def failing() -> Any:
        raise JsException("TypeError: Failed to fetch\n  at somewhere")

    fetch.answer = failing
    with pytest.raises(ConnectorNetworkError, match="TypeError: Failed to fetch") as caught:
        await WidgetServiceSDK().connectors.execute(permalink="a", method="GET")
    assert isinstance(caught.value.cause, JsException)


async def test_a_body_that_breaks_off_is_a_network_error(fetch: Fetch) -> None:
    fetch.answer = lambda: response(200, b"{", error=JsException("TypeError: network error"))
    with pytest.raises(ConnectorNetworkError, match="network error"):
        await WidgetServiceSDK().connectors.execute(permalink="a", method="GET")


async def test_the_timeout_aborts_the_request(fetch: Fetch) -> None:
    fetch.answer = lambda: asyncio.Event().wait()
    with pytest.raises(ConnectorTimeoutError, match="within 20 ms"):
        await WidgetServiceSDK().connectors.execute(permalink="a", method="GET", timeout=20)
    assert fetch.aborted == 1


async def test_cancelling_the_task_aborts_the_request(fetch: Fetch) -> None:
    asked = asyncio.Event()

    async def never() -> None:
        asked.set()
        await asyncio.Event().wait()

    fetch.answer = never
    task = asyncio.create_task(WidgetServiceSDK().connectors.execute(permalink="a", method="GET"))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert fetch.aborted == 1


async def test_the_csrf_token_is_looked_up_at_every_call(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    page: dict[str, Any] = {"origin": "https://host.example"}
    set_page(monkeypatch, {"page": page})
    document: dict[str, Any] = {}
    js = SimpleNamespace(
        location=SimpleNamespace(origin="https://host.example"),
        document=SimpleNamespace(getElementById=document.get),
    )
    monkeypatch.setattr(client_module, "current_page", lambda: Page(js))
    sdk = WidgetServiceSDK()
    await sdk.connectors.execute(permalink="a", method="GET")
    assert "X-CSRF-Token" not in dict(sent(fetch).headers)
    document["csrftoken"] = SimpleNamespace(getAttribute={"content": "late"}.get)
    await sdk.connectors.execute(permalink="a", method="GET")
    assert dict(sent(fetch).headers)["X-CSRF-Token"] == "late"


@pytest.mark.parametrize(
    "js",
    [
        SimpleNamespace(),
        SimpleNamespace(location=SimpleNamespace(origin="https://host.example")),
        SimpleNamespace(document=SimpleNamespace(getElementById=lambda name: None)),
        SimpleNamespace(
            document=SimpleNamespace(getElementById=lambda name: SimpleNamespace(textContent="no element"))
        ),
    ],
    ids=["Node.js", "a worker", "no element", "jsnull"],
)
def test_a_page_without_a_token_has_none(js: Any) -> None:
    assert Page(js).csrf_token() is None


def test_the_blocking_client_names_the_other_one_inside_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("widget_service_sdk.sync.current_page", lambda: Page(SimpleNamespace()))
    with pytest.raises(RuntimeError, match=r"use widget_service_sdk\.WidgetServiceSDK with `await`"):
        BlockingSDK(base_url="https://widgets.example")


def test_there_is_no_page_outside_of_a_browser() -> None:
    assert current_page() is None
