"""``execute``: one connector, run in this process as a call from outside would be, and explained."""

import json

import pytest

from support.upstream import Reply, reply_json
from widget_service.control.snapshots import SnapshotSource

USER = '{"id": "u-1", "email": "anna@example.com"}'


@pytest.fixture
def shop(commands, upstream):
    """Connectors that lead to the upstream, with their secrets and variables."""
    commands.done("secrets", "set", "key", input="s3cr3t-k3y")
    commands.done("variables", "set", "region", "eu")
    parameters = [{"key": "size", "value": "10", "overridable": True}]
    secret = {"key": "X-Key", "value": "{{ get_secret('key') }}"}
    base = upstream.origin
    commands.done(
        "apply",
        commands.registry(
            {"name": "List", "url": f"{base}/list/{{{{ get_variable('region') }}}}", "query_parameters": parameters},
            {"name": "One", "url": f"{base}/one/{{{{ pathParams.id }}}}", "path_parameters": [{"key": "id"}]},
            {"name": "Order", "method": "POST", "url": f"{base}/order", "headers": [secret]},
            {"name": "Mine", "url": f"{base}/mine", "headers": [{"key": "X-Mail", "value": "{{ user.email }}"}]},
            {
                "name": "Shaped",
                "url": f"{base}/shaped",
                "headers": [secret],
                "response_body": '{"n": {{ (response.body | from_json).n }} }',
            },
            {"name": "Broken", "url": base, "headers": [{"key": "X", "value": "{{ get_secret('none') }}"}]},
        ),
    )
    return commands


def test_the_answer_is_printed_as_it_is(shop, upstream):
    upstream.replies["/list/eu"] = Reply(body=b'{"a":  1}')
    assert shop.done("execute", "list", "--query", "size=20", "--query", "more=a b&c") == '{"a":  1}'
    assert upstream.last.query == [("size", "20"), ("more", "a b&c")]


@pytest.fixture
def steps(shop, upstream):
    """A composite over the upstream; its second step signs in by a secret, as the connector of its third does."""
    order = {
        "name": "Order",
        "permalink": "order",
        "method": "POST",
        "url": f"{upstream.origin}/order",
        "headers": [{"key": "X-Key", "value": "{{ get_secret('key') }}"}],
    }
    read = {"key": "X-Read", "value": "{{ steps.one.status_code }}"}
    bearer = {"type": "bearer", "config": {"token": "{{ get_secret('key') }}"}}
    composite = {
        "name": "All",
        "steps": [
            {"name": "one", "url": f"{upstream.origin}/one"},
            {"name": "two", "url": f"{upstream.origin}/two", "headers": [read], "authentication": bearer},
            {"name": "three", "connector": "order", "request_body": "{}"},
            {"name": "four", "url": f"{upstream.origin}/four", "when": "{{ false }}"},
        ],
    }
    folder = shop.registry(order)
    file = folder / "connectors_registry.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "composite_connectors": [composite]}))
    planned = shop.run("plan", folder)
    assert "one            GET   ■" in planned.stdout
    assert "three (order)  POST    ■   after all before it" in planned.stdout
    shop.done("apply", folder)
    return shop


def test_a_composite_is_executed_and_drawn_with_every_secret_masked(steps, upstream):
    upstream.replies["/two"] = lambda request: reply_json({"sent": request.headers["authorization"]})
    assert json.loads(steps.done("execute", "all"))["path"] == "/order"
    explained = steps.done("execute", "all", "--explain")
    assert "two            GET    ■    after one" in explained
    assert "── Step 'two' ──" in explained
    assert "skipped" in explained
    assert "s3cr3t" not in explained
    report = steps.json("execute", "all", "--explain")
    assert "s3cr3t" not in json.dumps(report)
    assert [step["state"] for step in report["steps"]] == ["answered", "answered", "answered", "skipped"]
    assert report["steps"][1]["destination"]["status"] == 200
    assert report["request"] == {}


def test_the_step_that_failed_is_told(steps, upstream):
    upstream.replies["/one"] = Reply(404)
    failed = steps.run("execute", "all", "--explain")
    assert failed.exit_code == 1
    assert "502 STEP_FAILED: The destination of the step answered 404." in failed.stderr
    report = json.loads(steps.run("execute", "all", "--json").stdout)
    assert [step["state"] for step in report["steps"]] == ["failed", "not run", "not run", "not run"]


def test_path_parameters_headers_payloads_and_users_are_sent(shop, upstream):
    shop.done("execute", "one", "--path-param", "id=7", "--header", "Accept-Language=de")
    assert (upstream.last.path, upstream.last.headers["accept-language"]) == ("/one/7", "de")
    shop.done("execute", "order", "--payload", '{"n": 1}')
    assert (upstream.last.method, upstream.last.body) == ("POST", b'{"n": 1}')
    assert upstream.last.headers["content-type"] == "application/json"
    file = shop.folder / "payload.bin"
    file.write_bytes(b"\xff\x00")
    shop.done("execute", "order", "--payload", f"@{file}", "--header", "Content-Type=image/png")
    assert (upstream.last.body, upstream.last.headers["content-type"]) == (b"\xff\x00", "image/png")
    shop.done("execute", "order", "--payload", "@-", input="from standard input")
    assert upstream.last.body == b"from standard input"
    shop.done("execute", "mine", "--user", USER)
    assert upstream.last.headers["x-mail"] == "anna@example.com"


FAILS = [
    (("nobody",), "404 CONNECTOR_NOT_FOUND: There is no connector 'nobody'"),
    (("list", "--method", "post"), "400 METHOD_NOT_ALLOWED"),
    (("one",), "400 MISSING_PATH_PARAMETERS"),
    (("mine",), "401 AUTHENTICATION_REQUIRED"),
    (("broken",), "422 TEMPLATE_ERROR: headers 'X'"),
    (("order",), "503: The destination answered 503 Service Unavailable."),
]


@pytest.mark.parametrize(("arguments", "told"), FAILS, ids=lambda value: value[0] if type(value) is tuple else "")
def test_an_error_is_told_in_words(shop, upstream, arguments, told):
    upstream.replies["/order"] = reply_json({"why": "closed"}, 503)
    for more in ((), ("--explain",), ("--json",)):
        result = shop.run("execute", *arguments, *more)
        assert result.exit_code == 1
        assert told in result.stderr
    error = json.loads(result.stdout)["error"]
    assert f"{error['code']}: {error['detail']}".removeprefix(": ") in result.stderr


def test_an_explanation_has_every_part_and_no_secret(shop, upstream):
    upstream.replies["/shaped"] = reply_json(
        {"n": 5, "echo": "s3cr3t-k3y", "coded": "czNjcjN0LWszeQ=="}, X_Echo="s3cr3t-k3y"
    )
    printed = shop.done("execute", "shaped", "--explain", "--query", "a=1")
    for part in (
        "setup ",
        "external ",
        "transform ",
        f"GET {upstream.origin}/shaped",
        "X-Key: {{ get_secret('key') }}  ← connector",
        "a=1  ← caller",
        "curl -X GET",
        '"echo": "••••••"',
        '"coded": "••••••',
        "X-Echo: ••••••",
        '"n": 5\n}',
    ):
        assert part in printed
    assert upstream.last.headers["x-key"] == "s3cr3t-k3y"
    told = shop.json("execute", "shaped", "--query", "a=1")
    assert [stage["name"] for stage in told["stages"]] == ["setup", "auth", "external", "transform"]
    assert (told["status"], told["error"], json.loads(told["body"])) == (200, None, {"n": 5})
    assert told["request"]["headers"][0] == {"name": "X-Key", "value": "{{ get_secret('key') }}", "from": "connector"}
    assert told["curl"].startswith("# Set KEY first: the secret 'key'\ncurl -X GET")
    assert json.loads(told["destination"]["body"])["echo"] == "••••••"
    assert "s3cr3t" not in printed + json.dumps(told)


@pytest.mark.parametrize(("permalink", "stage"), [("broken", "setup"), ("shaped", "transform")])
def test_the_stage_that_failed_is_marked(shop, upstream, permalink, stage):
    upstream.replies["/shaped"] = Reply(body=b"no json")
    assert "failed here" in shop.run("execute", permalink, "--explain").stdout
    told = shop.json("execute", permalink, code=1)
    assert [each["name"] for each in told["stages"] if each["failed"]] == [stage]


def test_a_destination_that_echoes_a_credential_is_told_of(shop, upstream):
    upstream.replies["/order"] = reply_json({"echo": "s3cr3t-k3y"})
    assert "The answer holds a secret" in shop.run("execute", "order").stderr


def test_a_secret_goes_where_it_is_bound_to_only(shop, upstream):
    shop.done("secrets", "set", "key", "--for", "https://api.example.com", input="s3cr3t-k3y")
    result = shop.run("execute", "order")
    assert result.exit_code == 1
    assert "DESTINATION_NOT_ALLOWED" in result.stderr
    assert not upstream.received
    shop.done("secrets", "set", "key", "--for", upstream.origin, input="s3cr3t-k3y")
    shop.done("execute", "order")


def test_a_repository_is_tried_without_a_database(tmp_path, upstream):
    from support.commands import Commands
    from support.service import write_dev_config

    commands = Commands(tmp_path)
    header = [{"key": "X-Key", "value": "{{ get_secret('k') }} {{ user.id }}"}]
    repo = commands.registry({"name": "One", "url": "https://api.example.com/one", "headers": header})
    write_dev_config(
        repo,
        f'[secrets]\nk = "v4lue"\n[map]\n"api.example.com" = "{upstream.origin}"\n[[users]]\nid = "u-9"\n',
    )
    commands.done("execute", "one", "--repo", repo, "--user", "u-9")
    assert upstream.last.headers["x-key"] == "v4lue u-9"
    unknown = commands.run("execute", "one", "--repo", repo, "--user", "u-8")
    assert (unknown.exit_code, "dev.toml: u-9" in unknown.stderr) == (2, True)
    write_dev_config(repo, "[secrets\n")
    assert "cannot be read as TOML" in commands.run("execute", "one", "--repo", repo).stderr.replace("\n", " ")


def test_an_answer_that_breaks_off_is_an_error(shop, upstream):
    upstream.replies["/order"] = Reply(body=b"short", headers={"Content-Encoding": "gzip"})
    result = shop.run("execute", "order")
    assert result.exit_code == 1
    assert "502 UPSTREAM_INVALID_RESPONSE" in result.stderr


@pytest.mark.parametrize("body", [b"\x1b[2J\nplain", b'{"a": "\\u001b[2J"}', b"\xff\x00\x1b"])
def test_what_an_explanation_shows_does_not_move_the_cursor(shop, upstream, body):
    upstream.replies["/order"] = Reply(body=body)
    assert "\x1b" not in shop.done("execute", "order", "--explain")


def test_a_request_that_is_explained_does_not_move_the_cursor(shop, upstream):
    printed = shop.done("execute", "order", "--explain", "--header", "X-A=a\u202eb", "--payload", '"\x7f\u202e\x9b"')
    assert all(one.isprintable() for one in printed.replace("\n", ""))
    assert "--data-raw $'" in printed


@pytest.fixture
def signed_in(commands, upstream):
    """A connector that signs in by a refresh token, which the server replaces each time."""
    upstream.replies["/token"] = lambda _: reply_json(
        {"access_token": f"t0ken-{len(upstream.received)}", "refresh_token": f"r3fresh-{len(upstream.received)}"}
    )
    commands.done("secrets", "set", "refresh", input="r3fresh-0")
    config = {
        "client_id": "me",
        "refresh_token": "{{ get_secret('refresh') }}",
        "token_url": f"{upstream.origin}/token",
    }
    authentication = {"type": "oauth_refresh_token", "config": config}
    commands.done(
        "apply", commands.registry({"name": "Own", "url": f"{upstream.origin}/own", "authentication": authentication})
    )
    return commands


def test_what_signing_in_did_is_told_and_a_replaced_refresh_token_is_kept(signed_in, upstream):
    upstream.replies["/own"] = lambda received: reply_json({"echo": received.headers["authorization"]})
    printed = signed_in.done("execute", "own", "--explain")
    told = signed_in.json("execute", "own")
    assert "authentication: oauth_refresh_token\n  fetched " in printed
    assert [step["what"] for step in told["request"]["authentication"]["steps"]] == ["shared"]
    assert [received.path for received in upstream.received] == ["/token", "/own", "/own"]
    assert not any(word in printed + json.dumps(told) for word in ("t0ken", "r3fresh"))
    with signed_in.plane() as plane:
        assert SnapshotSource(plane, "default").read().secrets["refresh"] == "r3fresh-1"


def test_a_token_that_is_not_given_is_a_failure_of_the_stage_auth(signed_in, upstream):
    upstream.replies["/token"] = reply_json({"error": "invalid_grant"}, 400)
    told = signed_in.json("execute", "own", code=1)
    assert [stage["name"] for stage in told["stages"] if stage["failed"]] == ["auth"]
    assert [step["what"] for step in told["request"]["authentication"]["steps"]] == ["failed"]
    assert "invalid_grant" in told["error"]["detail"]
