"""Headers: which go back to the caller, what a value may hold, how repeated ones are read."""

import pytest

from widget_service.errors import CallerError, ConfigurationError
from widget_service.execution.headers import is_passed_back
from widget_service.header_values import caller_header_value, is_header_name, rendered_header_value
from widget_service.http import decode_headers


@pytest.mark.parametrize(
    "name",
    [
        "content-language",
        "content-disposition",
        "link",
        "retry-after",
        "x-ratelimit-remaining",
        "ratelimit-policy",
        "ratelimit",
        "x-total-count",
        "etag",
        "last-modified",
    ],
)
def test_passed_back(name):
    assert is_passed_back(name, transformed=False)


@pytest.mark.parametrize("name", ["etag", "last-modified"])
def test_a_validator_is_not_passed_back_with_a_transformed_body(name):
    assert not is_passed_back(name, transformed=True)


@pytest.mark.parametrize(
    "name",
    [
        "set-cookie",
        "access-control-allow-origin",
        "content-security-policy",
        "strict-transport-security",
        "server",
        "location",
        "www-authenticate",
        "transfer-encoding",
        "content-encoding",
        "x-internal-host",
        "clear-site-data",
    ],
)
def test_withheld(name):
    assert not is_passed_back(name, transformed=False)


@pytest.mark.parametrize(("value", "sent"), [("  a b ", "a b"), ("Zażółć", "Zażółć"), ("", ""), ("a\tb\n", "a\tb")])
def test_a_value_is_trimmed_and_sent_as_it_is(value, sent):
    assert rendered_header_value("X-Note", value) == sent
    assert caller_header_value("x-note", value) == sent


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\x00b", "a\x1bb", "a\x7fb"])
def test_a_control_character_inside_is_refused_and_never_shown(value):
    with pytest.raises(ConfigurationError) as rendered:
        rendered_header_value("X-Note", "secret" + value)
    with pytest.raises(CallerError) as given:
        caller_header_value("x-note", "secret" + value)
    assert (rendered.value.code, given.value.code) == ("TEMPLATE_ERROR", "INVALID_REQUEST_HEADER")
    assert "X-Note" in rendered.value.detail
    assert "secret" not in rendered.value.detail + given.value.detail


@pytest.mark.parametrize(
    ("name", "valid"), [("X-Key", True), ("a!#$", True), ("", False), ("a b", False), ("é", False)]
)
def test_header_names_are_tokens(name, valid):
    assert is_header_name(name) is valid


def test_headers_are_read_by_lowercase_name_and_joined():
    raw = [(b"Accept", b"a"), (b"accept", b"b"), (b"cookie", b"a=1"), (b"Cookie", b"b=2"), (b"x-u", "ż".encode())]
    assert decode_headers([*raw, (b"x-l", b"\xff")]) == {
        "accept": "a, b",
        "cookie": "a=1; b=2",
        "x-u": "ż",
        "x-l": "ÿ",
    }
