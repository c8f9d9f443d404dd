"""Reading the answers of token endpoints: what is tolerated, what is refused, and what of an error is shown."""

import json

import pytest

from support.token_grants import client_credentials, refresh_token
from widget_service.authentication.grant import TokenRequest
from widget_service.authentication.tokens.answer import MAX_TTL_S, Answer, TokenRefused, read_answer
from widget_service.authentication.tokens.endpoint import basic_authorization, sent_by
from widget_service.authentication.tokens.fetching import host_of
from widget_service.authentication.tokens.token import Token

NOW = 1_700_000_000.0
JSON = "application/json"


def answer(body, status=200, content_type=JSON, **headers) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {"content-type": content_type} | {k.replace("_", "-"): v for k, v in headers.items()}, data)


def granted(body, grant=None, **more):
    return read_answer(answer(body, **more), grant or client_credentials(), host="auth.example.com", now=NOW)


def refusal(body, grant=None, **more) -> TokenRefused:
    with pytest.raises(TokenRefused) as caught:
        granted(body, grant, **more)
    return caught.value


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        (3600, 3600),
        ("3600", 3600),
        (" 3600 ", 3600),
        ("3599.5", 3599.5),
        (3599.5, 3599.5),
        (None, 300),
        ("soon", 300),
        ("", 300),
        ("1e9", 300),
        (True, 300),
        ([], 300),
        (0, 0),
        (-5, 0),
        ("-5", 0),
        (10**18, MAX_TTL_S),
        (1e300, MAX_TTL_S),
        ("9" * 18, MAX_TTL_S),
        ("9" * 400, 300),
    ],
)
def test_how_long_a_token_lives(expires_in, seconds):
    assert granted({"access_token": "t", "expires_in": expires_in}).token == Token("t", NOW, NOW + seconds)


def test_a_lifetime_that_is_not_there():
    assert granted({"access_token": "t"}).token.expires_at == NOW + 300


@pytest.mark.parametrize("lifetime_s", [1, 60, 599, 600, 601, 3600, 10**6])
def test_the_margin_is_the_smaller_of_a_minute_and_a_tenth(lifetime_s):
    token = Token("t", NOW, NOW + lifetime_s)
    margin_s = min(60, lifetime_s / 10)
    assert token.renew_at == pytest.approx(NOW + lifetime_s - margin_s, rel=0, abs=1e-5)
    assert not token.is_due(token.renew_at - 0.001)
    assert token.is_due(token.renew_at)
    assert token.lives(token.expires_at - 0.001)
    assert not token.lives(token.expires_at)


@pytest.mark.parametrize(
    ("body", "more", "value"),
    [
        ({"access_token": "t", "token_type": "Bearer"}, {}, "t"),
        ({"access_token": " t\r\n"}, {}, "t"),
        ({"access_token": "tökén"}, {}, "tökén"),
        ({"access_token": "t", "token_type": "BearerToken"}, {"content_type": "text/plain; charset=utf-8"}, "t"),
        ({"access_token": "t"}, {"content_type": ""}, "t"),
        (b'\xef\xbb\xbf{"access_token": "t"}', {}, "t"),
        ({"access_token": "t", "error": ""}, {"status": 201}, "t"),
        (b"access_token=t%2B1&token_type=bearer", {"content_type": "application/x-www-form-urlencoded"}, "t+1"),
    ],
)
def test_what_is_tolerated(body, more, value):
    assert granted(body, **more).token.value == value


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON object"),
        (b"<html>", "no JSON object"),
        (b'["t"]', "no JSON object"),
        (b"\xff\xfe", "no JSON object"),
        ({}, "without an access_token"),
        ({"access_token": None}, "without an access_token"),
        ({"access_token": 5}, "without an access_token"),
        ({"access_token": " "}, "without an access_token"),
        ({"access_token": "a\nb"}, "no header can carry"),
        ({"access_token": "a\0b"}, "no header can carry"),
        (b'{"access_token": "a\\ud800"}', "no"),
        ({"access_token": "x" * 40_000}, "no header can carry"),
        ({"access_token": "t", "token_type": "DPoP"}, "of type DPoP"),
        ({"error": "server_error"}, "answered 200: server_error"),
        ({"error": "server_error", "access_token": "t"}, "answered 200: server_error"),
    ],
)
def test_what_is_refused(body, says):
    message = str(refusal(body))
    assert says in message
    assert "auth.example.com" in message


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"error": "invalid_client"}, ": invalid_client."),
        ({"error": "invalid_grant", "error_description": "Consent was taken back"}, ": invalid_grant (Consent was"),
        ({"error": "AADSTS70011:x", "error_description": "ü ok"}, ": AADSTS70011:x (ü ok)."),
        ({"error": "a", "error_description": "your secret s3cret-of-the-client is wrong"}, ": a."),
        ({"error": "a", "error_description": "czNjcmV0LW9mLXRoZS1jbGllbnQ="}, ": a."),
        ({"error": "a", "error_description": "two\nlines"}, ": a."),
        ({"error": "a", "error_description": "x" * 201}, ": a."),
        ({"error": "a", "error_description": ["x"]}, ": a."),
        ({"error": "<script>"}, "answered 400."),
        ({"error": "s3cret-of-the-client"}, "answered 400."),
        ({"error": {"message": "nested"}}, "answered 400."),
        (b"s3cret-of-the-client", "answered 400."),
        (b"", "answered 400."),
    ],
)
def test_what_of_an_error_is_shown(body, shown):
    message = str(refusal(body, status=400))
    assert shown in message
    assert "s3cret" not in message
    assert "czNj" not in message


BASIC = basic_authorization(("the-client", "s3cret of the client")).removeprefix("Basic ")
SENT = TokenRequest(
    "", (("assertion", "header.claims-of-the-assertion.signature"),), ("the-client", "s3cret of the client")
)


@pytest.mark.parametrize(
    "description",
    [
        "bad part: s3cret-of",
        "bad part: the-client (-of-the-)",
        "bad assertion: claims-of-the-",
        f"bad header: {BASIC[6:20]}",
        "unexpected eyJhbGciOiJSUzI1NiJ9",
    ],
)
def test_a_part_of_what_was_sent_is_not_shown(description):
    with pytest.raises(TokenRefused) as caught:
        read_answer(
            answer({"error": "a", "error_description": description}, 400),
            client_credentials(),
            host="auth.example.com",
            now=NOW,
            hidden=sent_by(SENT),
        )
    assert str(caught.value) == "The token endpoint auth.example.com answered 400: a."


def test_a_host_that_a_secret_gives_is_not_shown():
    secrets = {"secret": "s3cret-of-the-client", "url": "https://tenant-4711.example.com/token"}
    assert host_of(client_credentials(token_url="{{ get_secret('url') }}", secrets=secrets)) == "of the connector"
    assert host_of(client_credentials()) == "auth.example.com"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0),
        ("soon", None),
        ("-1", None),
        ("9" * 30, 999_999_999),
    ],
)
def test_when_the_server_wants_to_be_asked_again(header, seconds):
    headers = {} if header is None else {"retry_after": header}
    assert refusal({"error": "slow_down"}, status=429, **headers).retry_after_s == seconds


@pytest.mark.parametrize(
    ("given", "new"), [("r3fresh-1", "r3fresh-1"), ("r3fresh-0", None), (None, None), ("", None), (5, None)]
)
def test_a_refresh_token_that_was_replaced(given, new):
    assert granted({"access_token": "t", "refresh_token": given}, refresh_token()).refresh_token == new


def test_nothing_secret_is_printed():
    shown = repr(granted({"access_token": "t0ken", "refresh_token": "r3fresh-1"}, refresh_token()))
    assert "t0ken" not in shown
    assert "r3fresh" not in shown
