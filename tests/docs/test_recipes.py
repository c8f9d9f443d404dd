"""The guides on users, on sensitive fields and on debugging: definitions and commands do as the pages say."""

import json
from shlex import split

import pytest
from typer.testing import CliRunner

from support.executing import executor
from support.pages import ROOT, blocks, commands
from support.service import write_dev_config, write_registry
from support.upstream import reply_json
from widget_service.cli import app
from widget_service.registry.validate import validate_connectors

OF_USERS = [json.loads(text) for text in blocks("docs/how-to/use-the-user.md", "json")]
FILTERING = [json.loads(text) for text in blocks("docs/how-to/filter-sensitive-fields.md", "json")]
HOST = {"api.example.com"}
SECRETS = {"orders_token": "a-planted-token"}


@pytest.fixture
async def executing(upstream):
    mapped = dict.fromkeys(HOST, upstream.origin)
    async with executor([*OF_USERS, *FILTERING], secrets=SECRETS, host_map=mapped) as service:
        yield service


def test_they_have_no_problems():
    report = validate_connectors({"connectors": [*OF_USERS, *FILTERING]})
    assert not report.has_errors


async def test_the_callers_identity_cannot_be_replaced(executing, upstream):
    await executing.execute("my-orders", query_string="customer=somebody-else")
    assert upstream.last.query == [("customer", "u-1")]


async def test_a_guarded_connector_greets_by_name_or_without(executing, upstream):
    upstream.replies["/offers"] = reply_json([1])
    _, answer = await executing.execute("offers")
    assert json.loads(answer.body) == {"hello": "you", "offers": [1]}


async def test_a_body_holds_what_is_known_of_the_user(executing, upstream):
    sent = {"body": b'{"text": "Say \\"hello\\""}', "headers": {"content-type": "application/json"}}
    _, answer = await executing.execute("open-a-case", method="POST", **sent)
    assert answer.status == 200, answer.body
    assert json.loads(upstream.last.body) == {
        "reporter": "a@example.com",
        "customer_number": None,
        "text": 'Say "hello"',
    }


MEMBERS = [{"id": 1, "name": 'A "B"', "public": True, "salary": 5}, {"id": 2, "name": "C", "public": False}]


@pytest.mark.parametrize(
    ("permalink", "status", "came", "told"),
    [
        ("profile", 200, {"name": "A", "address": {"city": "B", "street": "C"}, "ssn": 1}, {"name": "A", "city": "B"}),
        ("profile", 500, {"trace": "C"}, {"error": "The profile cannot be read."}),
        ("members", 200, MEMBERS, {"members": [{"id": 1, "name": 'A "B"'}]}),
        ("members", 500, {"trace": "C"}, {"members": []}),
    ],
)
async def test_only_named_fields_leave(executing, upstream, permalink, status, came, told):
    upstream.replies[f"/{permalink}"] = reply_json(came, status)
    _, answer = await executing.execute(permalink)
    assert (answer.status, json.loads(answer.body)) == (status, told)


def test_their_commands_explain_the_call(tmp_path, upstream, monkeypatch):
    upstream.replies["/broken"] = reply_json({"message": "no"}, 401)
    broken = {"name": "Broken", "url": "https://api.example.com/broken"}
    write_registry(tmp_path, [*OF_USERS, *FILTERING, broken])
    secrets = "".join(f'{name} = "{value}"\n' for name, value in SECRETS.items())
    write_dev_config(tmp_path, f'[secrets]\n{secrets}[map]\n"api.example.com" = "{upstream.origin}"\n')
    monkeypatch.chdir(tmp_path)
    (of_users,) = commands("docs/how-to/use-the-user.md", "widget-service")
    (filtering,) = commands("docs/how-to/filter-sensitive-fields.md", "widget-service")
    (debugging,) = commands("docs/how-to/debug-a-connector.md", "widget-service")
    assert "customer" in explained(of_users, 0)
    assert "members" in explained(filtering, 0)
    assert "401" in explained(debugging, 1)


def explained(command: str, code: int) -> str:
    result = CliRunner().invoke(app, split(command)[1:])
    assert result.exit_code == code, result.output
    return result.output


def test_a_repository_moves_as_told(tmp_path):
    validate, dev, *_ = commands("docs/how-to/move-from-the-platform.md", "widget-service")
    assert (validate.split()[1], dev.split()[1]) == ("validate", "dev")
    (html,) = blocks("docs/how-to/move-from-the-platform.md", "html")
    assert html.splitlines()[0] in (ROOT / "docs" / "how-to" / "write-a-widget.md").read_text()
