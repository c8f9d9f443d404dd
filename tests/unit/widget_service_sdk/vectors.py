"""Reads protocol/vectors/sdk and runs its cases against the Python SDK; the format is fixed in the README there."""

import asyncio
import base64
import json
import os
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import widget_service_sdk
import widget_service_sdk.sync
from widget_service_sdk._page import Page
from widget_service_sdk._protocol import Answer, Request
from widget_service_sdk._protocol.options import COMPOSITE, CONFIG, EXECUTE

FOLDER = Path(__file__).resolve().parents[3] / "protocol" / "vectors" / "sdk"
DEFAULT_CONFIG = {"baseUrl": "https://widgets.example"}
DEFAULT_OPTIONS = {"permalink": "weather-api", "method": "GET"}
_OPTION_NAMES: dict[str, Mapping[str, str]] = {
    "execute": EXECUTE.names,
    "executeRaw": EXECUTE.names,
    "composite.execute": COMPOSITE.names,
    "executeAll": {},  # takes a list, and has no keyword form
}


def cases(file: str, folder: Path = FOLDER) -> list[dict[str, Any]]:
    """The cases of a file that are for Python, their special values replaced, ``expect`` that of Python."""
    content = json.loads((folder / file).read_text(encoding="utf-8"))
    return [_decoded(case) for case in content["cases"] if case.get("only") != "javascript"]


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"$number": name}:
            return float(name)
        case {"$repeat": [text, count]}:
            return text * count
        case {"$list": [item, count]}:
            return [_decoded(item)] * count
        case {"python": expected, "javascript": _}:
            return _decoded(expected)
    return {name: _decoded(item) for name, item in value.items()}


class StubTransport:
    """Keeps the requests of a client and gives every one of them the same answer; for both kinds of client."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[Request] = []
        self._answer = answer

    def blocking(self) -> Any:
        """As the blocking client wants it."""
        return SimpleNamespace(send=self._send_blocking, close=lambda: None)

    def asynchronous(self) -> Any:
        """As the asynchronous client wants it."""

        async def send(request: Request) -> Any:
            answer = self._send_blocking(request)

            async def chunks() -> AsyncIterator[bytes]:
                for chunk in answer.chunks():
                    yield chunk

            async def aclose() -> None:
                answer.close()

            return SimpleNamespace(status=answer.status, headers=answer.headers, chunks=chunks, aclose=aclose)

        async def aclose() -> None:
            pass

        return SimpleNamespace(send=send, aclose=aclose)

    def _send_blocking(self, request: Request) -> Any:
        self.requests.append(request)

        def chunks() -> Iterator[bytes]:
            # Three bytes at a time: nothing may depend on where an answer is cut.
            for start in range(0, len(self._answer.body), 3):
                yield self._answer.body[start : start + 3]

        return SimpleNamespace(
            status=self._answer.status, headers=self._answer.headers, chunks=chunks, close=lambda: None
        )


def page_of(case: Mapping[str, Any]) -> Page | None:
    """The page of a case, as Pyodide would show it."""
    if "page" not in case:
        return None
    element = case["page"].get("csrfElement")
    document = SimpleNamespace(getElementById=lambda name: _element(element) if name == "csrftoken" else None)
    return Page(SimpleNamespace(location=SimpleNamespace(origin=case["page"]["origin"]), document=document))


def _element(parts: dict[str, str] | None) -> Any:
    if parts is None:
        return None
    found = SimpleNamespace(getAttribute={"content": parts.get("content")}.get, textContent=parts.get("text", ""))
    if "value" in parts:
        found.value = parts["value"]
    return found


def answer_of(case: Mapping[str, Any]) -> Answer:
    """What the service answers in a case; an empty success where it does not say."""
    parts = case.get("answer", {"status": 200})
    if "json" in parts:
        body = json.dumps(parts["json"]).encode()
    elif "text" in parts:
        body = parts["text"].encode()
    elif "lines" in parts:
        body = b"".join(json.dumps(line).encode() + b"\n" for line in parts["lines"])
    else:
        body = base64.b64decode(parts.get("base64", ""))
    return Answer(parts["status"], {name.lower(): value for name, value in parts.get("headers", {}).items()}, body)


class Run:
    """One case, run by one kind of client (``blocking`` or not), in the mapping or the keyword form."""

    def __init__(self, case: Mapping[str, Any], *, blocking: bool, keywords: bool = False) -> None:
        self.case = case
        self.transport = StubTransport(answer_of(case))
        self._blocking = blocking
        self._keywords = keywords

    def sdk(self) -> Any:
        """A client with the settings, the page and the environment of the case."""
        module = widget_service_sdk.sync if self._blocking else widget_service_sdk._client
        opened = self.transport.blocking() if self._blocking else self.transport.asynchronous()
        factory = "blocking_transport" if self._blocking else "async_transport"
        environment = {name: value for name, value in os.environ.items() if name != "WIDGET_SERVICE_URL"}
        with (
            mock.patch.object(module, factory, return_value=opened),
            mock.patch.object(module, "current_page", return_value=page_of(self.case)),
            mock.patch.dict(os.environ, environment | self.case.get("environment", {}), clear=True),
        ):
            return self._called(module.WidgetServiceSDK, self.case.get("config", DEFAULT_CONFIG), CONFIG.names)

    def call(self, **more_options: Any) -> Any:
        """What the call of the case returns; a raw answer is read, to ``{"status", "headers", "base64", …}``."""
        name = self.case.get("call", "execute")
        options = self.case.get("options", DEFAULT_OPTIONS)
        if more_options:
            options = {**options, **more_options}
        connectors = self.sdk().connectors
        target = {
            "execute": connectors.execute,
            "composite.execute": connectors.composite.execute,
            "executeRaw": connectors.execute_raw,
            "executeAll": connectors.execute_all,
        }[name]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            if self._blocking:
                return self._read(self._called(target, options, _OPTION_NAMES[name]))
            return asyncio.run(self._awaited(target, options, _OPTION_NAMES[name]))

    def _called(self, target: Any, options: Any, names: Mapping[str, str]) -> Any:
        if self._keywords and names and isinstance(options, dict) and options.keys() <= names.keys():
            return target(**{names[key]: value for key, value in options.items()})
        return target(options)

    def _read(self, value: Any) -> Any:
        if not isinstance(value, widget_service_sdk.sync.RawResponse):
            return value
        json = value.json() if self._expects_json() else None
        return _raw_parts(value, value.bytes(), value.text(), json)

    async def _awaited(self, target: Any, options: Any, names: Mapping[str, str]) -> Any:
        value = await self._called(target, options, names)
        if not isinstance(value, widget_service_sdk.RawResponse):
            return value
        json = await value.json() if self._expects_json() else None
        return _raw_parts(value, await value.bytes(), await value.text(), json)

    def _expects_json(self) -> bool:
        return "json" in self.case["expect"]


def _raw_parts(raw: Any, body: bytes, text: str, json: Any) -> dict[str, Any]:
    encoded = base64.b64encode(body).decode()
    return {"status": raw.status, "headers": raw.headers, "base64": encoded, "text": text, "json": json}


def apply_step(connectors: Any, name: str, argument: Any) -> None:
    """A step of client.json."""
    snake = {"configure": "configure", "updateHeaders": "update_headers", "setDefaultTimeout": "set_default_timeout"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        getattr(connectors, snake[name])(argument)


def check_request(expected: Mapping[str, Any], request: Request) -> None:
    """Asserts that a request is the one that a case expects."""
    assert (request.method, request.url) == (expected["method"], expected["url"])
    headers = lowered(dict(request.headers))
    assert len(headers) == len(request.headers), "a header is there twice"
    for name, value in expected.get("headers", {}).items():
        assert headers.get(name.lower()) == value, name
    body = None if request.body is None else json.loads(request.body)
    assert (request.body is None) == ("body" not in expected)
    assert _without_case(body) == _without_case(expected.get("body"))


def check_error(expected: Mapping[str, Any], error: BaseException) -> None:
    """Asserts that an error is the one that a case expects."""
    assert type(error).__name__ == expected["error"]
    message = str(error)
    assert message
    assert message.splitlines() == [message]
    for part in expected.get("message", []):
        assert part in message
    for part in expected.get("messageExcludes", []):
        assert part not in message
    for name, value in expected.get("fields", {}).items():
        assert getattr(error, snake_case(name)) == value, name
    if isinstance(error, widget_service_sdk.ConnectorBoundaryError):
        assert error.reason


def snake_case(name: str) -> str:
    """``requestId`` → ``request_id``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def lowered(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers by their lower-case names."""
    return {name.lower(): value for name, value in headers.items()}


def _without_case(body: Any) -> Any:
    """The body of a batch with the names of its headers in lower case; any other body as it is."""
    if not isinstance(body, dict) or "executions" not in body:
        return body
    return [{**execution, "headers": lowered(execution.get("headers", {}))} for execution in body["executions"]]
