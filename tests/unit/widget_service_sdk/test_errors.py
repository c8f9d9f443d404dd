"""The error tree: what derives from what, what can be pickled, and what messages never hold."""

import json
import pickle
from pathlib import Path

import httpx2
import pytest

import widget_service_sdk
from widget_service_sdk import (
    ConnectorAuthenticationError,
    ConnectorBoundaryError,
    ConnectorError,
    ConnectorExecuteError,
    ConnectorNetworkError,
    ConnectorNotFoundError,
    ConnectorTimeoutError,
    ConnectorUpstreamError,
    _errors,
)
from widget_service_sdk._protocol import Answer, BrokenOff, OutOfTime, Request, Subject, Unreachable, error_of
from widget_service_sdk._protocol.failures import CLASS_OF_CODE
from widget_service_sdk._protocol.messages import MASK, failure, one_line
from widget_service_sdk._testing.answers import STATUS_OF_CODE
from widget_service_sdk._transports.httpx_errors import mapped_errors

CODES = json.loads((Path(__file__).resolve().parents[3] / "protocol" / "errors.json").read_text())["errors"]
SUBJECT = Subject("weather-api", "https://widgets.example/widget-service", ("user-token",))


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (ConnectorBoundaryError, (ConnectorError, ValueError)),
        (ConnectorNetworkError, (ConnectorError,)),
        (ConnectorTimeoutError, (ConnectorError, TimeoutError)),
        (ConnectorExecuteError, (ConnectorError,)),
        (ConnectorNotFoundError, (ConnectorExecuteError,)),
        (ConnectorAuthenticationError, (ConnectorExecuteError,)),
        (ConnectorUpstreamError, (ConnectorExecuteError,)),
    ],
)
def test_the_tree(error: type[ConnectorError], bases: tuple[type, ...]) -> None:
    assert error.__bases__ == bases
    assert error.__name__ in (_errors.__doc__ or "")
    assert error.__name__ in widget_service_sdk.__all__


def test_every_code_of_the_protocol_has_its_class() -> None:
    own_class = {code["code"]: code["python"] for code in CODES if code["python"] != "ConnectorExecuteError"}
    assert {code: kind.__name__ for code, kind in CLASS_OF_CODE.items()} == own_class


def test_the_fake_service_knows_every_code_of_the_protocol() -> None:
    assert {code["code"]: code["status"] for code in CODES} == dict(STATUS_OF_CODE)


@pytest.mark.parametrize(
    "error",
    [
        ConnectorBoundaryError("method must be GET", permalink="a"),
        ConnectorNetworkError("no answer", permalink="a"),
        ConnectorTimeoutError("late", permalink="a", timeout=5),
        ConnectorUpstreamError("busy", permalink="a", status=503, request_id="r", body={"a": 1}),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_survive_pickling(error: ConnectorError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


def test_a_boundary_error_names_the_permalink_in_its_message_but_not_in_its_reason() -> None:
    error = ConnectorBoundaryError("method must be GET", permalink="a")
    assert error.reason == "method must be GET"
    assert str(error) == 'connector "a" was not called: method must be GET'


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("two\nlines", "two lines"),
        ("a \r\n\t b", "a b"),
        ("bell\x07 escape\x1b[31m", "bell escape [31m"),
        ("a\u2028b\u0085c", "a b c"),
        ("x" * 600, "x" * 499 + "…"),
    ],
)
def test_messages_are_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


def test_messages_mask_tokens() -> None:
    assert failure(SUBJECT, "bad Bearer user-token") == f'connector "weather-api" failed: bad Bearer {MASK}'


@pytest.mark.parametrize(
    "location", ["https://me:hunter2@other.example/x?key=hunter2#hunter2", "/relative?hunter2", ""]
)
def test_a_redirect_shows_no_more_than_an_origin(location: str) -> None:
    message = str(error_of(SUBJECT, Answer(302, {"location": location}, b"")))
    assert "hunter2" not in message
    assert ("https://other.example" in message) == ("other" in location)


REQUEST = Request(SUBJECT, "GET", SUBJECT.base_url, [], None, 1000, False)


CONNECTED = (httpx2.ReadError, httpx2.WriteError, httpx2.CloseError, httpx2.RemoteProtocolError, httpx2.DecodingError)


def every_subclass(kind: type[Exception]) -> list[type[Exception]]:
    """The classes below one, at any depth."""
    return [found for below in kind.__subclasses__() for found in (below, *every_subclass(below))]


@pytest.mark.parametrize("kind", every_subclass(httpx2.RequestError), ids=lambda kind: kind.__name__)
def test_every_exception_of_the_layer_below_is_mapped(kind: type[httpx2.RequestError]) -> None:
    late = issubclass(kind, httpx2.TimeoutException)
    connected = issubclass(kind, CONNECTED)
    with (
        pytest.raises(OutOfTime if late else BrokenOff if connected else Unreachable) as caught,
        mapped_errors(REQUEST),
    ):
        raise kind("said below")
    assert isinstance(caught.value.cause, kind) is not late


def test_an_exception_that_may_quote_headers_is_not_quoted() -> None:
    with pytest.raises(Unreachable) as caught, mapped_errors(REQUEST):
        raise httpx2.LocalProtocolError("Illegal header value b'Bearer hunter2'")
    assert "hunter2" not in caught.value.reason
