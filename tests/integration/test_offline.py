"""Working without the network: what was recorded is answered again without secrets, and no recording holds one."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from support.service import Service, serving, write_dev_config, write_registry
from support.upstream import Received, Reply, reply_json

SECRETS = {
    "api_key": "pl4nted/key+with=signs&more",
    "user_name": "planted-user",
    "password": "pl4nted password: äöü",
    "client_secret": "pl4nted-client-secret",
    "digits": "8675309123",
}
TOKENS = {
    "access_token": "pl4nted-access-token",
    "refresh_token": "pl4nted-refresh-token",
    "id_token": "pl4nted.id.token",
}
HIDDEN = [*SECRETS.values(), *TOKENS.values()]
CONNECTORS = [
    {
        "name": "Header",
        "url": "{upstream}/echo/{{ pathParams.id }}",
        "path_parameters": [{"key": "id"}],
        "headers": [
            {"key": "X-Api-Key", "value": "{{ get_secret('api_key') }}"},
            {"key": "Accept", "value": "application/json"},
        ],
        "query_parameters": [
            {"key": "q", "value": "all", "overridable": True},
            {"key": "region", "value": "{{ get_variable('region') }}"},
        ],
    },
    {
        "name": "Query",
        "url": "{upstream}/echo",
        "authentication": {
            "type": "api_key",
            "config": {"key": "api_key", "value": "{{ get_secret('api_key') }}", "in": "query"},
        },
        "response_body": "{{ {'got': response.body | from_json, 'total': response.headers.get('x-total')} | tojson }}",
        "response_content_type": "application/json",
    },
    {
        "name": "Basic",
        "method": "POST",
        "url": "{upstream}/echo",
        "request_body": "{{ {'sent': body_text} | tojson }}",
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "authentication": {
            "type": "basic",
            "config": {"username": "{{ get_secret('user_name') }}", "password": "{{ get_secret('password') }}"},
        },
    },
    {
        "name": "Token",
        "url": "{upstream}/echo",
        "authentication": {
            "type": "oauth_client_credentials",
            "config": {
                "client_id": "an-id",
                "client_secret": "{{ get_secret('client_secret') }}",
                "token_url": "{upstream}/token",
            },
        },
    },
    {"name": "Binary", "url": "{upstream}/binary"},
    {"name": "Missing", "url": "{upstream}/missing"},
    {"name": "Cached", "url": "{upstream}/cached"},
    {"name": "Sign in", "method": "POST", "url": "{upstream}/token"},
]
COMPOSITE = {
    "name": "Both",
    "permalink": "both",
    "steps": [
        {
            "name": "signing",
            "url": "{upstream}/token",
            "method": "POST",
            "headers": [{"key": "X-Api-Key", "value": "{{ get_secret('api_key') }}"}],
        },
        {
            "name": "use",
            "url": "{upstream}/echo",
            "method": "GET",
            "headers": [
                {"key": "Authorization", "value": "Bearer {{ (steps.signing.body | from_json).access_token }}"}
            ],
        },
    ],
}
CALLS = [
    ("header", "GET", {"headers": {"X-Path-Params": "id=7"}}),
    ("header", "GET", {"headers": {"X-Path-Params": "id=7"}, "params": {"q": "fern"}}),
    ("query", "GET", {}),
    ("basic", "POST", {"json": {"name": "Anna"}}),
    ("token", "GET", {}),
    ("binary", "GET", {}),
    ("missing", "GET", {}),
    ("cached", "GET", {}),
    ("cached", "GET", {}),
    ("composite/both", "POST", {"json": {}}),
]
RECORDED = len(CALLS)  # a composite is two requests, and what is asked twice is one


def encoded(value: str) -> Iterator[str]:
    """Yield the forms in which a service may give back what it was sent."""
    raw = value.encode()
    yield value
    yield quote(value, safe="")
    yield base64.b64encode(raw).decode()
    yield base64.urlsafe_b64encode(raw).decode()
    yield base64.b64encode(b"12" + raw + b"345").decode()
    yield raw.hex()
    yield f"a {value} in the middle"


def echo(request: Received) -> Reply:
    """Give back everything, in every form, as the worst of services does."""
    answer = {
        "path": request.path,
        "query": [pair for pair in request.query if pair[0] != "api_key"],
        "body": request.body.decode(),
        "headers": sorted(request.headers.items()),
        "target": request.target,
        "forms": [form for value in SECRETS.values() for form in encoded(value)],
        "number": int(SECRETS["digits"]),
        SECRETS["api_key"]: "a name",
    }
    return reply_json(
        {name: answer[name] for name in sorted(answer)}, X_Total="12", X_Echo=SECRETS["api_key"], Set_Cookie="a=b"
    )


def binary(_: Received) -> Reply:
    body = b"\xff\xfe\x00" + SECRETS["api_key"].encode() + b"\x00\xff"
    return Reply(200, body, {"Content-Type": "application/octet-stream"})


@pytest.fixture
def repo(tmp_path, upstream) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    upstream.replies |= {
        "/echo": echo,
        "/echo/7": echo,
        "/token": reply_json({**TOKENS, "token_type": "Bearer", "expires_in": 3600}),
        "/binary": binary,
        "/cached": reply_json({"path": "/cached"}, Cache_Control="max-age=0, public", ETag='"1"'),
        "/missing": reply_json({"message": "There is none."}, status=404),
    }
    connectors = json.loads(json.dumps(CONNECTORS).replace("{upstream}", upstream.origin))
    composite = json.loads(json.dumps(COMPOSITE).replace("{upstream}", upstream.origin))
    write_registry(folder, connectors, composite_connectors=[composite])
    secrets = "\n".join(f"{name} = {json.dumps(value)}" for name, value in SECRETS.items())
    write_dev_config(folder, f'[secrets]\n{secrets}\n[variables]\nregion = "eu"\n')
    return folder


def answers(service: Service) -> list[tuple[int, str, object]]:
    """Return what each call is answered; what only looks different where a secret stood is not looked at."""
    found = []
    for permalink, method, options in CALLS:
        answer = service.execute(permalink, method, **options)
        media_type = answer.headers.get("content-type", "")
        found.append((answer.status_code, media_type, shape(answer.json()) if "json" in media_type else None))
    return found


def shape(value: object) -> object:
    """Return a value without the texts that a secret may stand in."""
    if isinstance(value, dict):
        wanted = ("path", "query", "got", "total", "message", "code", "detail")
        return {name: shape(item) for name, item in value.items() if name in wanted}
    return value


def files(repo: Path) -> list[Path]:
    return sorted((repo / ".widget-service" / "recordings").rglob("*.json"))


def record(repo: Path) -> list[tuple[int, str, object]]:
    with serving(repo, "--record") as service:
        return answers(service)


def test_what_was_recorded_is_answered_without_network_and_secrets(repo, upstream):
    recorded = record(repo)
    calls = len(upstream.received)
    assert recorded[0][2] == {"path": "/echo/7", "query": [["q", "all"], ["region", "eu"]]}
    assert [status for status, *_ in recorded] == [200] * 6 + [404] + [200] * 3
    assert recorded[-1][2]["path"] == "/echo"
    (repo / ".widget-service" / "dev.toml").unlink()
    with serving(repo, "--replay") as service:
        assert answers(service) == recorded
        assert "Missing values" not in service.log.read_text()
    assert len(upstream.received) == calls


def test_no_recording_holds_a_secret_in_any_form(repo, upstream):
    record(repo)
    with serving(repo, "--record") as service:
        service.execute("sign-in", "POST", json={"user": SECRETS["user_name"]})
    texts = {file: f"{file.name}\n{file.read_text()}" for file in files(repo)}
    assert len(texts) == RECORDED + 2  # signing in, and the variables
    planted = {form for value in HIDDEN for form in encoded(value)}
    found = {form for form in planted for text in texts.values() if form in text}
    assert not found
    bytes_kept = base64.b64decode(
        json.loads(next(iter((repo / ".widget-service/recordings/binary").iterdir())).read_text())["response"]["base64"]
    )
    assert bytes_kept == b"\xff\xfe\x00******\x00\xff"


def test_a_recording_can_be_read_and_compared(repo, upstream):
    record(repo)
    kept = {file: file.read_text() for file in files(repo)}
    stamps = {file: file.stat().st_mtime_ns for file in files(repo)}
    [query] = [text for file, text in kept.items() if file.parent.name == "query"]
    document = json.loads(query)
    assert list(document) == ["request", "response"]
    assert document["request"] == {"method": "GET", "url": f"{upstream.origin}/echo"}
    assert document["response"]["headers"] == {"Content-Type": "application/json", "X-Total": "12", "X-Echo": "••••••"}
    assert query.startswith('{\n  "request": {\n    "method": "GET",\n')
    assert query.endswith("}\n")
    reordered = upstream.replies["/missing"]
    upstream.replies["/missing"] = Reply(404, b'{ "message":"There is none."}', reordered.headers)
    record(repo)
    assert {file: file.read_text() for file in files(repo)} == kept
    assert {file: file.stat().st_mtime_ns for file in files(repo)} == stamps


def test_what_was_not_recorded_names_what_was_and_how_to_record_it(repo):
    record(repo)
    with serving(repo, "--replay") as service:
        other = service.execute("header", headers={"X-Path-Params": "id=8"}).json()["errors"]
        assert other["code"] == "UPSTREAM_UNREACHABLE"
        assert "There is no recording of GET" in other["detail"]
        assert "/echo/8?q=all&region=eu" in other["detail"]
        assert "/echo/7?q=all&region=eu" in other["detail"]
        assert "dev --record" in other["detail"]
        never = service.execute("sign-in", "POST", json={}).json()["errors"]
        assert "Nothing is recorded for 'sign-in'" in never["detail"]


def test_mocks_are_examples_or_invented_and_saved_ones_are_used_at_once(repo, upstream):
    mocks = repo / ".widget-service" / "mocks"
    mocks.mkdir()
    schema = {
        "type": "object",
        "required": ["plants"],
        "properties": {
            "plants": {
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "items": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}},
            }
        },
    }
    (mocks / "query.schema.json").write_text(json.dumps(schema))
    (mocks / "token.json").write_text('{"example": 1}')
    (mocks / "binary.txt").write_text("plain")
    limited = {"response": {"status": 429, "headers": {"Retry-After": "9"}, "json": {"message": "slowly"}}}
    (mocks / "sign-in.json").write_text(json.dumps(limited))
    (repo / ".widget-service" / "dev.toml").unlink()
    with serving(repo, "--mock") as service:
        query = service.execute("query").json()
        assert query["got"]["plants"] == [{"id": 1, "name": "name 1"}, {"id": 2, "name": "name 2"}]
        assert service.execute("token").json() == {"example": 1}
        binary = service.execute("binary")
        assert (binary.text, binary.headers["content-type"]) == ("plain", "text/plain; charset=utf-8")
        limited = service.execute("sign-in", "POST", json={})
        assert (limited.status_code, limited.headers["retry-after"]) == (429, "9")
        assert limited.json() == {"message": "slowly"}
        detail = service.execute("missing").json()["errors"]["detail"]
        assert ".widget-service/mocks/missing.json" in detail
        (mocks / "missing.json").write_text("{,}")
        assert "missing.json is not JSON" in service.execute("missing").json()["errors"]["detail"]
        (mocks / "missing.json").write_text('["found"]')
        assert service.execute("missing").json() == ["found"]
    assert upstream.received == []


def test_what_is_asked_many_times_at_once_is_recorded_once(repo, upstream):
    with serving(repo, "--record") as service, ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: service.execute("query").status_code, range(64)))
    assert set(statuses) == {200}
    assert [file.parent.name for file in files(repo)] == ["query", "recordings"]
    assert list(repo.rglob("*.tmp")) == []


def test_a_mock_or_a_recording_that_is_a_link_to_elsewhere_is_not_read(repo, tmp_path):
    outside = tmp_path / "outside.json"
    outside.write_text('{"response": {"status": 200, "json": "private"}}')
    record(repo)
    [kept] = (repo / ".widget-service" / "recordings" / "query").iterdir()
    kept.unlink()
    kept.symlink_to(outside)
    (repo / ".widget-service" / "mocks").mkdir()
    (repo / ".widget-service" / "mocks" / "token.json").symlink_to(outside)
    for mode, permalink in (("--replay", "query"), ("--mock", "token")):
        with serving(repo, mode) as service:
            assert "leads out of its folder" in service.execute(permalink).json()["errors"]["detail"]


def test_modes_exclude_each_other(repo):
    command = [sys.executable, "-m", "widget_service", "dev", str(repo), "--record", "--replay"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "--record and --replay exclude each other" in done.stderr
