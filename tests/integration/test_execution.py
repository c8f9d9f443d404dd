"""One call from request to response, over the wire, against a real destination."""

import json
import uuid

import pytest

from integration.conftest import KEY
from support.service import PREFIX
from support.upstream import Reply, reply_json
from widget_service.dev.user_tokens import user_tokens_of
from widget_service.identity.users import User

FROM_JSON = "{% set data = body_text | from_json %}"

CONNECTORS = [
    {"name": "Plain", "url": "{upstream}/plain"},
    {
        "name": "Parameters",
        "url": "{upstream}/parameters?account=5&kind=url",
        "headers": [
            {"key": "Accept", "value": "application/vnd.api+json"},
            {"key": "X-Kind", "value": "fixed"},
            {"key": "X-Locale", "value": "en", "overridable": True},
        ],
        "query_parameters": [
            {"key": "kind", "value": "configured"},
            {"key": "limit", "value": "10", "overridable": True},
            {"key": "region", "value": "{{ get_variable('region') }}"},
        ],
    },
    {
        "name": "Path",
        "url": "{upstream}/items/{{ pathParams.id }}/in/{{ get_variable('folder') }}",
        "path_parameters": [{"key": "id"}],
    },
    {"name": "Dots", "url": "{upstream}/a/{{ get_variable('dots') }}/b"},
    {
        "name": "Header key",
        "url": "{upstream}/key",
        "headers": [{"key": "X-Api-Key", "value": "decoy", "overridable": True}],
        "authentication": {
            "type": "api_key",
            "config": {"key": "X-Api-Key", "value": "{{ get_secret('api_key') }}", "in": "header"},
        },
    },
    {
        "name": "Query key",
        "url": "{upstream}/key",
        "authentication": {
            "type": "apikey",
            "config": {"key": "key", "value": "{{ get_secret('api_key') }}", "in": "query"},
        },
    },
    {
        "name": "Basic",
        "url": "{upstream}/basic",
        "authentication": {
            "type": "basic",
            "config": {"username": "svc", "password": "{{ get_secret('api_key') }}"},
        },
    },
    {"name": "Missing secret", "url": "{upstream}/x", "headers": [{"key": "X-K", "value": "{{ get_secret('nope') }}"}]},
    {"name": "Post", "method": "POST", "url": "{upstream}/post"},
    {
        "name": "Post template",
        "method": "POST",
        "url": "{upstream}/post",
        "request_body": FROM_JSON + '{{ {"title": data["name"], "who": user.email | default("", true)} | tojson }}',
        "response_body": "{% set seen = response.body | from_json %}"
        "{{ {'seen': seen['method'], 'status': response.status_code} | tojson }}",
        "response_content_type": "application/vnd.widget+json",
    },
    {"name": "Broken answer", "url": "{upstream}/text", "response_body": "{{ (response.body | from_json)['a'] }}"},
    {"name": "Status", "url": "{upstream}/status", "response_body": "status {{ response.status_code }}"},
    {"name": "Who", "url": "{upstream}/who", "query_parameters": [{"key": "u", "value": "{{ user.email }}"}]},
    {"name": "Head", "method": "HEAD", "url": "{upstream}/head"},
    {"name": "Delete", "method": "DELETE", "url": "{upstream}/delete"},
    {"name": "Options", "method": "OPTIONS", "url": "{upstream}/options"},
    {"name": "Mapped", "url": "https://api.mapped.example/v1/things?x=1"},
]


def error_of(response):
    body = response.json()
    assert body["success"] is False
    assert body["request_id"] == response.headers["x-request-id"]
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    return body["errors"]


class TestResolve:
    def test_a_simple_call(self, service):
        response = service.execute("plain")
        assert response.status_code == 200
        assert response.json()["path"] == "/plain"
        assert response.headers["content-type"] == "application/json"
        assert "x-connector-upstream-status" not in response.headers

    def test_an_unknown_permalink(self, service):
        response = service.execute("nobody")
        assert response.status_code == 404
        assert error_of(response)["code"] == "CONNECTOR_NOT_FOUND"
        assert "'nobody'" in error_of(response)["detail"]

    def test_another_method_names_the_right_one(self, service, shared_upstream):
        response = service.execute("post", "GET")
        assert response.status_code == 400
        assert response.headers["allow"] == "POST"
        assert error_of(response)["code"] == "METHOD_NOT_ALLOWED"
        assert "POST" in error_of(response)["detail"]
        assert not shared_upstream.received

    @pytest.mark.parametrize("path", ["/connectors/execute", "/connectors//execute", "/connectors/a", "/nothing"])
    def test_other_paths_are_not_found(self, service, path):
        assert service.client.get(PREFIX + path).status_code == 404

    def test_another_host_name_belongs_to_nobody(self, service):
        response = service.execute("plain", headers={"Host": "rebound.example"})
        assert response.status_code == 421
        assert error_of(response)["code"] == "UNKNOWN_HOST"


class TestMerge:
    def test_configured_and_callers_parameters(self, service, shared_upstream):
        service.execute(
            "parameters",
            params=[("limit", "3"), ("kind", "mine"), ("account", "6"), ("tag", "a"), ("tag", "b c&=")],
            headers={"X-Kind": "mine", "X-Locale": "pl", "X-Extra": "yes", "Accept": "text/html"},
        )
        request = shared_upstream.last
        assert request.query == [
            ("account", "5"),
            ("kind", "configured"),
            ("limit", "3"),
            ("region", "eu"),
            ("tag", "a"),
            ("tag", "b c&="),
        ]
        assert request.headers["accept"] == "application/vnd.api+json"
        assert request.headers["x-kind"] == "fixed"
        assert request.headers["x-locale"] == "pl"
        assert request.headers["x-extra"] == "yes"

    def test_nothing_of_the_callers_session_or_way_reaches_the_destination(self, service, shared_upstream):
        service.execute(
            "plain",
            headers={
                "Cookie": "other=1",
                "Referer": f"{service.origin}/preview/",
                "X-Forwarded-For": "1.2.3.4",
                "If-None-Match": '"x"',
                "Range": "bytes=0-1",
                "X-HTTP-Method-Override": "DELETE",
                "User-Agent": "browser/1",
            },
        )
        sent = shared_upstream.last.headers
        withheld = [
            "cookie",
            "referer",
            "x-forwarded-for",
            "if-none-match",
            "range",
            "x-http-method-override",
            "expect",
        ]
        assert not sent.keys() & set(withheld)
        assert "browser" not in sent.get("user-agent", "")

    @pytest.mark.parametrize("text", ["{{ get_secret('api_key') }}", "{% raw %}x", "{{ 7*7 }}", "%7B%7B", "é ż 漢"])
    def test_what_the_caller_sends_is_never_a_template(self, service, shared_upstream, text):
        service.execute("parameters", params={"limit": text, "free": text}, headers={"X-Locale": text.encode()})
        assert dict(shared_upstream.last.query)["limit"] == text
        assert dict(shared_upstream.last.query)["free"] == text
        assert shared_upstream.last.headers["x-locale"].encode("latin-1").decode() == text

    def test_a_body_that_looks_like_a_template_is_data(self, service, shared_upstream):
        text = "{{ get_secret('api_key') }}"
        response = service.execute("post-template", "POST", json={"name": text})
        assert response.status_code == 200
        assert json.loads(shared_upstream.last.body)["title"] == text


class TestPathParameters:
    def test_values_are_one_segment(self, service, shared_upstream):
        response = service.execute("path", headers={"X-Path-Params": "id=a.b~1"})
        assert response.status_code == 200
        assert shared_upstream.last.target == "/items/a.b~1/in/a%2Fb%20c"
        assert "x-path-params" not in shared_upstream.last.headers

    @pytest.mark.parametrize(
        ("header", "code"),
        [
            (None, "MISSING_PATH_PARAMETERS"),
            ("", "MISSING_PATH_PARAMETERS"),
            ("other=1", "MISSING_PATH_PARAMETERS"),
            ("id=..", "INVALID_PATH_PARAMETERS"),
            ("id=a%2Fb", "INVALID_PATH_PARAMETERS"),
            ("id=%7B%7B%20get_secret('api_key')%20%7D%7D", "INVALID_PATH_PARAMETERS"),
            ("id=1&id=2", "INVALID_PATH_PARAMETERS"),
        ],
    )
    def test_refused_before_anything_is_sent(self, service, shared_upstream, header, code):
        response = service.execute("path", headers={} if header is None else {"X-Path-Params": header})
        assert response.status_code == 400
        assert error_of(response)["code"] == code
        assert not shared_upstream.received

    def test_a_variable_never_steps_up_the_path(self, service, shared_upstream):
        response = service.execute("dots")
        assert response.status_code == 422
        assert error_of(response)["code"] == "TEMPLATE_ERROR"
        assert not shared_upstream.received


class TestAuthentication:
    def test_a_key_in_a_header_replaces_everything_of_that_name(self, service, shared_upstream):
        response = service.execute("header-key", headers={"X-Api-Key": "mine"})
        assert shared_upstream.last.headers["x-api-key"] == KEY
        assert KEY not in response.text

    def test_a_key_in_the_query_replaces_the_callers(self, service, shared_upstream):
        service.execute("query-key", params=[("key", "mine"), ("a", "1"), ("key", "again")])
        assert shared_upstream.last.query == [("a", "1"), ("key", KEY)]

    def test_basic(self, service, shared_upstream):
        service.execute("basic")
        assert shared_upstream.last.headers["authorization"].startswith("Basic ")

    def test_a_missing_secret_is_named_with_its_place(self, service, shared_upstream):
        response = service.execute("missing-secret")
        assert response.status_code == 422
        error = error_of(response)
        assert (error["code"], error["scope"]) == ("TEMPLATE_ERROR", "Configuration (template rendering)")
        assert "nope" in error["detail"]
        assert "X-K" in error["detail"]
        assert not shared_upstream.received

    def test_the_destination_refusing_the_credentials_passes_through(self, service, shared_upstream):
        shared_upstream.replies["/key"] = reply_json({"message": "bad key"}, 401)
        response = service.execute("header-key")
        assert response.status_code == 401
        assert response.headers["x-connector-upstream-status"] == "401"
        assert response.json() == {"message": "bad key"}


class TestBodies:
    def test_a_body_goes_through_byte_for_byte(self, service, shared_upstream):
        raw = b'{"a" :  1.0, "b": "\xc5\xbc"}'
        service.execute("post", "POST", content=raw, headers={"Content-Type": "application/json"})
        assert shared_upstream.last.body == raw
        assert shared_upstream.last.headers["content-type"] == "application/json"

    def test_bytes_of_any_type_go_through(self, service, shared_upstream):
        raw = bytes(range(256)) * 40
        service.execute("post", "POST", content=raw, headers={"Content-Type": "application/octet-stream"})
        assert shared_upstream.last.body == raw

    def test_a_body_that_is_not_the_json_it_says_is_refused(self, service, shared_upstream):
        response = service.execute("post", "POST", content=b"{", headers={"Content-Type": "application/json"})
        assert response.status_code == 400
        assert error_of(response)["code"] == "INVALID_REQUEST_BODY"
        assert not shared_upstream.received

    def test_an_empty_body_is_none(self, service, shared_upstream):
        service.execute("post", "POST", headers={"Content-Type": "application/json"})
        assert shared_upstream.last.body == b""
        assert shared_upstream.last.headers.get("content-length", "0") == "0"

    def test_a_body_too_large_is_refused(self, service, shared_upstream):
        response = service.execute("post", "POST", content=b"x" * (10 * 1024 * 1024 + 1))
        assert response.status_code == 413
        assert error_of(response)["code"] == "REQUEST_TOO_LARGE"
        assert not shared_upstream.received

    def test_templates_of_request_and_response(self, service, shared_upstream):
        token = user_tokens_of(service.repo).mint(User("u-1", email="anna@example.com"))
        response = service.execute(
            "post-template", "POST", json={"name": "Monstera"}, headers={"Authorization": f"Bearer {token}"}
        )
        assert json.loads(shared_upstream.last.body) == {"title": "Monstera", "who": "anna@example.com"}
        assert "authorization" not in shared_upstream.last.headers
        assert response.json() == {"seen": "POST", "status": 200}
        assert response.headers["content-type"] == "application/vnd.widget+json"

    def test_a_response_template_runs_on_every_status(self, service, shared_upstream):
        shared_upstream.replies["/status"] = Reply(503, b"busy")
        response = service.execute("status")
        assert (response.status_code, response.text) == (503, "status 503")
        assert response.headers["x-connector-upstream-status"] == "503"

    def test_a_response_template_that_fails(self, service, shared_upstream):
        shared_upstream.replies["/text"] = Reply(200, b"not json: s3cret", {"Content-Type": "text/plain"})
        response = service.execute("broken-answer")
        assert response.status_code == 422
        error = error_of(response)
        assert error["scope"] == "Configuration (response template rendering)"
        assert "s3cret" not in response.text

    @pytest.mark.parametrize("size", [0, 1, 65536, 3 * 1024 * 1024])
    def test_an_answer_of_any_size_goes_through(self, service, shared_upstream, size):
        body = bytes(i % 251 for i in range(1000)) * (size // 1000) + b"x" * (size % 1000)
        shared_upstream.replies["/plain"] = Reply(200, body, {"Content-Type": "image/png"})
        response = service.execute("plain")
        assert response.content == body
        assert response.headers["content-type"] == "image/png"

    def test_head_delete_and_options(self, service, shared_upstream):
        assert service.execute("head", "HEAD").content == b""
        assert shared_upstream.last.method == "HEAD"
        shared_upstream.replies["/delete"] = Reply(204, b"", {})
        assert service.execute("delete", "DELETE").status_code == 204
        assert service.execute("options", "OPTIONS").json()["method"] == "OPTIONS"


class TestAnswer:
    def test_headers_passed_back_and_withheld(self, service, shared_upstream):
        shared_upstream.replies["/plain"] = Reply(
            200,
            b"<script>alert(1)</script>",
            {
                "Content-Type": "text/html",
                "Set-Cookie": "a=1",
                "Access-Control-Allow-Origin": "*",
                "ETag": '"1"',
                "X-RateLimit-Remaining": "7",
                "Link": '<x>; rel="next"',
                "X-Internal": "1",
            },
        )
        headers = service.execute("plain").headers
        assert headers["etag"] == '"1"'
        assert headers["x-ratelimit-remaining"] == "7"
        assert headers["link"] == '<x>; rel="next"'
        assert not {"set-cookie", "access-control-allow-origin", "x-internal"} & headers.keys()
        assert headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in headers["content-security-policy"]

    def test_timing_headers(self, service):
        headers = service.execute("plain").headers
        timing = json.loads(headers["x-connector-timing"])
        assert timing["request_id"] == headers["x-request-id"] == str(uuid.UUID(headers["x-request-id"]))
        assert timing["external_host"].startswith("127.0.0.1")
        assert 0 < timing["external_ms"] < timing["total_ms"]
        assert "external;desc=" in headers["server-timing"]

    def test_the_callers_request_id_is_kept_and_passed_on(self, service, shared_upstream):
        response = service.execute("plain", headers={"X-Request-ID": "abc-123"})
        assert response.headers["x-request-id"] == "abc-123"
        assert shared_upstream.last.headers["x-request-id"] == "abc-123"

    def test_a_request_id_that_is_not_sane_is_replaced(self, service, shared_upstream):
        response = service.execute("plain", headers={"X-Request-ID": "<script>"})
        assert uuid.UUID(response.headers["x-request-id"])
        assert "x-request-id" not in shared_upstream.last.headers

    def test_a_mapped_host_is_called_at_its_other_origin(self, service, shared_upstream):
        assert service.execute("mapped").json()["query"] == [["x", "1"]]
        assert shared_upstream.last.path == "/v1/things"


class TestCallers:
    def test_a_connector_that_sends_the_users_identity_refuses_anonymous_callers(self, service, shared_upstream):
        response = service.execute("who")
        assert response.status_code == 401
        assert error_of(response)["code"] == "AUTHENTICATION_REQUIRED"
        assert not shared_upstream.received

    def test_a_session_of_a_user(self, service, shared_upstream):
        token = user_tokens_of(service.repo).mint(User("u-1", email="anna@example.com"))
        opened = service.client.post("/session", json={"token": token})
        assert opened.json()["user"]["email"] == "anna@example.com"
        cookie = {"Cookie": opened.headers["set-cookie"].partition(";")[0]}
        service.client.cookies.clear()
        refused = service.execute("who", headers=cookie)
        assert (refused.status_code, error_of(refused)["code"]) == (403, "CSRF_FAILED")
        shown = service.client.get("/session", headers=cookie).json()
        assert shown == opened.json()
        allowed = service.execute("who", headers={**cookie, "X-CSRF-Token": shown["csrf_token"]})
        assert allowed.status_code == 200
        assert shared_upstream.last.query == [("u", "anna@example.com")]
        ended = service.client.delete("/session", headers={**cookie, "X-CSRF-Token": shown["csrf_token"]})
        assert ended.status_code == 204
        again = service.execute("who", headers={**cookie, "X-CSRF-Token": shown["csrf_token"]})
        assert (again.status_code, error_of(again)["code"]) == (401, "INVALID_TOKEN")

    @pytest.mark.parametrize("body", [b"[]", b"{", b'{"token": 1}', b'{"user": "u-1"}', b"x" * 20_000])
    def test_a_session_is_opened_by_a_token_or_by_nothing(self, service, body):
        response = service.client.post("/session", content=body)
        assert response.status_code == 400
        assert error_of_session(response)["code"] == "INVALID_REQUEST_BODY"

    def test_there_is_no_session_without_cookie(self, service):
        service.client.cookies.clear()
        assert service.client.get("/session").status_code == 401

    def test_cors_only_for_listed_origins(self, service, shared_upstream):
        allowed = service.execute("plain", headers={"Origin": "https://www.example.com"})
        assert allowed.headers["access-control-allow-origin"] == "https://www.example.com"
        assert "X-Connector-Upstream-Status" in allowed.headers["access-control-expose-headers"]
        refused = service.execute("plain", headers={"Origin": "https://evil.example"})
        assert (refused.status_code, error_of(refused)["code"]) == (403, "ORIGIN_NOT_ALLOWED")
        assert "access-control-allow-origin" not in refused.headers
        assert len(shared_upstream.received) == 1

    def test_preflight(self, service, shared_upstream):
        asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "x-locale"}
        allowed = service.execute("parameters", "OPTIONS", headers={**asked, "Origin": "https://www.example.com"})
        assert allowed.status_code == 204
        names = allowed.headers["access-control-allow-headers"]
        assert "X-Locale" in names
        assert "X-CSRF-Token" in names
        assert "X-Kind" not in names
        refused = service.execute("parameters", "OPTIONS", headers={**asked, "Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in refused.headers
        assert not shared_upstream.received


def error_of_session(response):
    assert response.headers["cache-control"] == "no-store"
    return response.json()["errors"]
