"""Odd but legal calls, and who may call: what reaches the destination, and what the caller is told."""

import json
import socket

import pytest

from support.upstream import Reply
from support.waiting import wait_until
from widget_service.dev.user_tokens import user_tokens_of
from widget_service.identity.users import User

BODY = "{{ (body_text | from_json).x }}"
CONNECTORS = [
    {"name": "Plain", "url": "{upstream}/plain"},
    {"name": "Flag", "url": "{upstream}/flag?wsdl&a=&b=1&c={{ user.id | default('x&y', true) }}"},
    {"name": "Flag replaced", "url": "{upstream}/flag?wsdl", "query_parameters": [{"key": "wsdl", "value": "2"}]},
    {"name": "Post", "method": "POST", "url": "{upstream}/post"},
    {"name": "Echo", "method": "POST", "url": "{upstream}/post", "request_body": BODY},
    {"name": "Transformed", "url": "{upstream}/text", "response_body": "{{ response.body }}"},
    {"name": "Users", "url": "{upstream}/plain", "access": {"require": "user"}},
    {"name": "Admins", "url": "{upstream}/plain", "access": {"require": "user", "claims": {"role": "admin"}}},
    {"name": "Mapped", "url": "https://api.mapped.example/plain"},
    {"name": "Variable host", "url": "{{ get_variable('bad_host') }}/x"},
    {
        "name": "Variable name",
        "url": "{upstream}/plain",
        "authentication": {
            "type": "api_key",
            "config": {"key": "{{ get_variable('bad_name') }}", "value": "{{ get_secret('api_key') }}", "in": "header"},
        },
    },
    {
        "name": "Query key",
        "url": "{upstream}/plain",
        "authentication": {"type": "api_key", "config": {"key": "api_key", "value": "k", "in": "query"}},
    },
]


def error_of(response):
    return response.json()["errors"]


def bearer(service, **claims):
    token = user_tokens_of(service.repo).mint(User("u-1", claims=claims))
    return {"Authorization": f"Bearer {token}"}


def test_who_may_call(service, shared_upstream):
    refused = service.execute("users")
    assert (refused.status_code, error_of(refused)["code"]) == (401, "AUTHENTICATION_REQUIRED")
    refused = service.execute("admins", headers=bearer(service, role="user"))
    assert (refused.status_code, error_of(refused)["code"]) == (403, "ACCESS_DENIED")
    assert not shared_upstream.received
    assert service.execute("users", headers=bearer(service)).status_code == 200
    assert service.execute("admins", headers=bearer(service, role=["editor", "admin"])).status_code == 200


def test_claims_live_in_a_session_too(service):
    token = bearer(service, role="admin")["Authorization"].partition(" ")[2]
    opened = service.client.post("/session", json={"token": token})
    service.client.cookies.clear()
    assert "claims" not in opened.json()["user"]
    cookie = {"Cookie": opened.headers["set-cookie"].partition(";")[0], "X-CSRF-Token": opened.json()["csrf_token"]}
    assert service.execute("admins", headers=cookie).status_code == 200


def test_a_name_without_a_value_stays_one(service, shared_upstream):
    service.execute("flag", params={"d": "4"})
    assert shared_upstream.last.target == "/flag?wsdl&a=&b=1&c=x%26y&d=4"
    service.execute("flag-replaced")
    assert shared_upstream.last.target == "/flag?wsdl=2"


def test_raw_characters_in_a_query_are_utf8(service, shared_upstream):
    port = int(service.origin.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        path = "/widget-service/connectors/plain/execute?ż=ó"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        assert b"200 OK" in connection.recv(4096)
    assert shared_upstream.last.query == [("ż", "ó")]


@pytest.mark.parametrize("body", [b'{"a": "\\ud800"}', b'{"a": 1e999}', b'{"a": 123456789012345678901234567890}'])
def test_json_that_some_parsers_refuse_is_json(service, shared_upstream, body):
    assert service.execute("post", "POST", content=body, headers={"Content-Type": "application/json"}).is_success
    assert shared_upstream.last.body == body


@pytest.mark.parametrize("body", [b"{", b'{"a": NaN}', b"[" * 100_000])
def test_what_is_no_json_is_refused(service, shared_upstream, body):
    refused = service.execute("post", "POST", content=body, headers={"Content-Type": "application/json"})
    assert error_of(refused)["code"] == "INVALID_REQUEST_BODY"
    assert not shared_upstream.received


def test_half_of_a_character_cannot_be_rendered(service, shared_upstream):
    refused = service.execute("echo", "POST", content=b'{"x": "\\ud800"}', headers={"Content-Type": "text/plain"})
    assert (refused.status_code, error_of(refused)["code"]) == (422, "TEMPLATE_ERROR")
    assert "request_body" in error_of(refused)["detail"]
    assert not shared_upstream.received
    assert "Traceback" not in service.log.read_text()


@pytest.mark.parametrize(
    ("media_type", "answered"),
    [
        ("text/plain; charset=iso-8859-1", "text/plain; charset=utf-8"),
        ('text/plain; charset="ISO-8859-1"; x=y', "text/plain; charset=utf-8; x=y"),
        ("text/plain", "text/plain"),
    ],
)
def test_a_transformed_body_is_utf8(service, shared_upstream, media_type, answered):
    body = "é".encode("latin-1" if "charset" in media_type else "utf-8")
    shared_upstream.replies["/text"] = Reply(200, body, {"Content-Type": media_type})
    response = service.execute("transformed")
    assert response.content == "é".encode()
    assert response.headers["content-type"] == answered


@pytest.mark.parametrize("charset", ["undefined", "punycode", "no-such-thing", "base64"])
def test_a_charset_that_cannot_be_read_is_no_text(service, shared_upstream, charset):
    shared_upstream.replies["/text"] = Reply(200, b"\xff\xfe", {"Content-Type": f"text/plain; charset={charset}"})
    assert service.execute("transformed").text == "None"


def test_every_status_that_is_no_success_is_marked_as_the_destinations(service, shared_upstream):
    for status in (300, 304, 404, 500):
        shared_upstream.replies["/plain"] = Reply(status, b"{}")
        response = service.execute("plain", follow_redirects=False)
        assert response.status_code == status
        assert response.headers["x-connector-upstream-status"] == str(status)
    shared_upstream.replies.clear()
    assert "x-connector-upstream-status" not in service.execute("plain").headers


def test_a_mapped_host_is_told_by_its_own_name(service, shared_upstream):
    shared_upstream.replies["/plain"] = Reply(200, b"x", {"Content-Length": "10"})
    response = service.execute("mapped")
    assert json.loads(response.headers["x-connector-timing"])["external_host"] == "api.mapped.example"


def test_a_host_that_is_none_is_told_nowhere(service, shared_upstream):
    refused = service.execute("variable-host")
    assert error_of(refused)["code"] == "DESTINATION_NOT_ALLOWED"
    told = f"{refused.headers}{refused.text}{service.log.read_text()}"
    assert "PASSWORD" not in told


def test_the_name_of_a_header_that_cannot_be_one_is_refused(service, shared_upstream):
    refused = service.execute("variable-name")
    assert (refused.status_code, error_of(refused)["code"]) == (422, "TEMPLATE_ERROR")
    assert "authentication.config.key" in error_of(refused)["detail"]


def test_a_callers_key_in_other_letters_is_dropped(service, shared_upstream):
    service.execute("query-key", params={"API_KEY": "mine", "Api_Key": "mine", "other": "1"})
    assert shared_upstream.last.query == [("other", "1"), ("api_key", "k")]


def test_what_is_passed_back_is_exposed(service, shared_upstream):
    reply = Reply(200, b"{}", {"Content-Type": "application/json", "X-RateLimit-Used": "5", "Set-Cookie": "a=b"})
    shared_upstream.replies["/plain"] = reply
    response = service.execute("plain", headers={"Origin": "https://www.example.com"})
    exposed = response.headers["access-control-expose-headers"].lower().split(", ")
    assert {"x-ratelimit-used", "server-timing", "x-request-id"} <= set(exposed)
    assert "set-cookie" not in exposed


def test_a_composite_that_there_is_not_is_told_from_a_connector(service):
    refused = service.execute("composite/x", "POST")
    assert error_of(refused)["code"] == "CONNECTOR_NOT_FOUND"
    assert "composite connector 'x'" in error_of(refused)["detail"]


def test_a_session_request_nested_without_end_is_refused(service):
    refused = service.client.post("/session", content=b"[" * 16_000)
    assert (refused.status_code, error_of(refused)["code"]) == (400, "INVALID_REQUEST_BODY")


def test_a_permalink_that_a_terminal_would_obey_is_escaped_in_the_log(service):
    service.client.get("/widget-service/connectors/%1b%5d0;pwned%07%1b%5b2J/execute")
    wait_until(lambda: "pwned" in service.log.read_text())
    log = service.log.read_text()
    assert "\x1b]0" not in log
    assert "\x07" not in log
