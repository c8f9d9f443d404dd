"""Both forms of a call: what is accepted, what is ignored with a warning, and what raises TypeError."""

import warnings
from typing import Any

import pytest

from widget_service_sdk import ConnectorBoundaryError, WidgetServiceSDK
from widget_service_sdk.testing import FakeService


@pytest.fixture
def fake() -> FakeService:
    """A service with one connector."""
    service = FakeService()
    service.connector("weather-api", method="POST", returns={})
    return service


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("body", "payload"),
        ("request_body", "payload"),
        ("path", "path_params"),
        ("params", "query_params"),
        ("queryParams", "query_params"),
        ("query_param", "query_params"),
        ("pathParams", "path_params"),
        ("permlink", "permalink"),
        ("header", "headers"),
        ("time_out", "timeout"),
    ],
)
async def test_an_unknown_keyword_is_a_type_error_with_the_right_name(
    fake: FakeService, wrong: str, right: str
) -> None:
    unknown: dict[str, Any] = {wrong: {}}
    with pytest.raises(TypeError, match=f"has no option '{wrong}'; the right name is '{right}'"):
        await fake.sdk().connectors.execute(permalink="weather-api", method="POST", **unknown)
    assert fake.calls == []


async def test_a_keyword_like_no_other_is_answered_with_all_of_them(fake: FakeService) -> None:
    with pytest.raises(TypeError, match="has no option 'zzz'; there are permalink, payload, headers"):
        await fake.sdk().connectors.execute(permalink="weather-api", method="POST", zzz=1)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("body", "payload"), ("request_body", "payload"), ("path", "pathParams"), ("queryparams", "queryParams")],
)
async def test_an_unknown_key_is_ignored_with_a_warning(fake: FakeService, wrong: str, right: str) -> None:
    options: Any = {"permalink": "weather-api", "method": "POST", wrong: {"a": 1}}
    with pytest.warns(UserWarning, match=f"ignores the option '{wrong}'; the right name is '{right}'") as caught:
        await fake.sdk().connectors.execute(options)
    assert caught[0].filename == __file__
    assert fake.calls[0].payload is None


async def test_the_mapping_takes_snake_case_too(fake: FakeService) -> None:
    options: Any = {"permalink": "weather-api", "method": "POST", "query_params": {"q": "x"}}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await fake.sdk().connectors.execute(options)
    assert fake.calls[0].query_params == {"q": "x"}


async def test_both_forms_at_once_are_a_type_error(fake: FakeService) -> None:
    with pytest.raises(TypeError, match="one mapping or keywords, not both"):
        await fake.sdk().connectors.execute({"permalink": "a", "method": "GET"}, timeout=5)  # type: ignore[call-overload]


async def test_a_composite_has_no_method(fake: FakeService) -> None:
    with pytest.raises(TypeError, match="has no option 'method'"):
        await fake.sdk().connectors.composite.execute(permalink="a", method="POST")  # type: ignore[call-overload]


def test_an_unknown_setting_is_a_type_error_with_the_right_name() -> None:
    with pytest.raises(TypeError, match="has no option 'url'; the right name is 'base_url'"):
        WidgetServiceSDK(url="https://widgets.example")  # type: ignore[call-overload]


def test_configure_speaks_of_itself() -> None:
    connectors = WidgetServiceSDK(base_url="https://widgets.example").connectors
    with pytest.raises(TypeError, match=r"^configure\(\) has no option 'time_out'; the right name is 'timeout'"):
        connectors.configure(time_out=5)  # type: ignore[call-overload]


def test_a_change_that_cannot_be_changes_nothing() -> None:
    sdk = WidgetServiceSDK(base_url="https://widgets.example", timeout=100)
    with pytest.raises(ConnectorBoundaryError):
        sdk.connectors.configure(timeout=200, headers={"X-A": "b\n"})
    assert sdk.connectors.get_default_timeout() == 100


async def test_none_puts_a_setting_back(fake: FakeService) -> None:
    fake.connector("who", returns=lambda call: sorted(call.headers))
    sdk = fake.sdk(token="user-token", timeout=100)
    sdk.connectors.configure(token=None, timeout=None)
    assert "authorization" not in await sdk.connectors.execute(permalink="who", method="GET")
    assert sdk.connectors.get_default_timeout() == 30_000


def test_what_get_headers_gives_is_a_copy() -> None:
    sdk = WidgetServiceSDK(base_url="https://widgets.example")
    sdk.connectors.get_headers()["X-A"] = "b"
    assert "X-A" not in sdk.connectors.get_headers()


def test_no_repr_shows_a_token() -> None:
    sdk = WidgetServiceSDK(base_url="https://widgets.example", token="user-token", csrf_token="csrf-token")
    for text in (repr(sdk), repr(sdk.connectors), repr(sdk.connectors._settings)):
        assert "user-token" not in text
        assert "csrf-token" not in text


async def test_a_payload_that_json_cannot_write_is_refused_by_name(fake: FakeService) -> None:
    for value, reason in ((object(), "object is no JSON value"), ({1, 2}, "set is no JSON value"), (b"x", "bytes")):
        payload: Any = {"a": value}
        with pytest.raises(ConnectorBoundaryError, match=f'"weather-api" was not called: the payload .*{reason}'):
            await fake.sdk().connectors.execute(permalink="weather-api", method="POST", payload=payload)


async def test_a_payload_that_holds_itself_is_refused(fake: FakeService) -> None:
    payload: Any = {}
    payload["self"] = payload
    with pytest.raises(ConnectorBoundaryError, match="cannot be written as JSON"):
        await fake.sdk().connectors.execute(permalink="weather-api", method="POST", payload=payload)
