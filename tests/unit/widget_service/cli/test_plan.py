"""``plan`` tells what ``apply`` does, like a good diff; nothing is applied by halves."""

import json

import pytest

from support.commands import ORDERS, PLANTS

SLOW = {**PLANTS, "permalink": "plants", "headers": [], "method": "GET", "timeout_ms": 5000}


def permalinks(commands):
    return [row["permalink"] for row in commands.json("connectors", "list")]


def test_a_plan_and_what_it_says_comes_true(commands):
    folder = commands.registry(PLANTS, ORDERS)
    planned = commands.run("plan", folder)
    assert planned.exit_code == 3
    assert "+ plants  GET https://api.example.com/v1/plants" in planned.stdout
    assert "+ orders  POST https://api.example.com/v1/orders" in planned.stdout
    assert "Registry 'shop': 2 to create, 0 unchanged." in planned.stdout
    assert permalinks(commands) == []
    assert "2 created" in commands.done("apply", folder)
    assert permalinks(commands) == ["orders", "plants"]
    assert "nothing to change, 2 definitions as stored" in commands.done("plan", folder)


def test_updates_are_shown_field_by_field(commands):
    before = {**ORDERS, "request_body": "{\n  1,\n  2,\n  3\n}", "headers": [{"key": "A", "value": "1"}]}
    after = {
        **ORDERS,
        "request_body": "{\n  1,\n  two,\n  3\n}",
        "headers": [{"key": "A", "value": "2"}],
        "tags": ["x"],
    }
    commands.done("apply", commands.registry(before))
    folder = commands.registry(after)
    lines = commands.run("plan", folder).stdout.splitlines()
    assert lines[:14] == [
        "~ orders  POST https://api.example.com/v1/orders",
        "    request_body",
        "      @@ -1,5 +1,5 @@",
        "        {",
        "          1,",
        "      -   2,",
        "      +   two,",
        "          3",
        "        }",
        "    headers[0].value",
        '      - "1"',
        '      + "2"',
        "    tags",
        '      + ["x"]',
    ]
    told = commands.json("plan", folder, code=3)
    assert told["updated"][0]["changes"][1] == {"path": "headers[0].value", "before": "1", "after": "2"}
    assert commands.json("apply", folder)["applied"] is True
    assert commands.json("plan", folder)["unchanged"] == 1


def test_an_empty_folder_deletes_what_came_from_it(commands):
    folder = commands.registry(PLANTS, ORDERS)
    commands.done("apply", folder)
    (folder / "connectors_registry.json").unlink()
    planned = commands.run("plan", folder)
    assert planned.exit_code == 3
    assert "- orders  POST" in planned.stdout
    assert "2 deleted" in commands.done("apply", folder)
    assert permalinks(commands) == []


def test_secrets_that_are_missing_are_told_with_the_line_that_sets_them(commands):
    folder = commands.registry(PLANTS)
    printed = commands.run("plan", folder).stdout
    assert "reads the secret 'api_key', which does not exist" in printed
    assert "→ widget-service secrets set api_key\n" in printed
    assert printed.index("to create") < printed.index("reads the secret")
    commands.done("tenants", "add", "acme")
    assert "secrets set api_key --tenant acme" in commands.run("plan", folder, "--tenant", "acme").stdout
    commands.done("secrets", "set", "api_key", input="v")
    assert "api_key" not in commands.run("plan", folder).stdout


def test_a_secret_that_is_missing_in_many_places_is_told_once(commands):
    folder = commands.registry(*({**PLANTS, "permalink": f"p-{number}"} for number in range(9)), ORDERS)
    printed = commands.run("plan", folder).stdout
    assert printed.count("reads the secret 'api_key'") == 1
    assert "does not exist; 9 places read it, also $.connectors[1].headers[0].value, $.connectors[2]" in printed
    assert "$.connectors[3].headers[0].value and 5 more" in printed
    assert len(commands.json("plan", folder, code=3)["problems"]) == 9


def test_a_registry_with_errors_changes_nothing_and_every_problem_is_told(commands):
    commands.done("apply", commands.registry(PLANTS))
    bad = [{**ORDERS, "method": "SEND"}, {"name": "X", "url": "ftp://x"}]
    folder = commands.registry(*bad)
    for command in ("plan", "apply"):
        result = commands.run(command, folder)
        assert result.exit_code == 1
        assert "$.connectors[0].method" in result.stdout
        assert "$.connectors[1].url" in result.stdout
        assert "nothing was changed" in result.stderr
        told = commands.json(command, folder, code=1)
        assert (told["valid"], told["applied"]) == (False, False)
        assert {problem["path"] for problem in told["problems"]} >= {"$.connectors[0].method", "$.connectors[1].url"}
    assert permalinks(commands) == ["plants"]


def test_a_registry_can_have_a_name_of_its_own_and_move(commands):
    first, second = commands.registry(PLANTS), commands.registry(ORDERS, name="other")
    commands.done("apply", first, "--name", "main")
    refused = commands.run("apply", second, "--name", "main")
    assert refused.exit_code == 1
    assert f"was synced from {first}" in refused.stderr
    assert "--moved" in refused.stderr
    assert permalinks(commands) == ["plants"]
    commands.done("apply", second, "--name", "main", "--moved")
    assert permalinks(commands) == ["orders"]
    commands.done("apply", second, "--name", "main")


@pytest.mark.parametrize("color", [False, True])
def test_colours_are_for_terminals(commands, color):
    from rich.console import Console

    from widget_service.cli.plan_text import print_plan
    from widget_service.registry.sync import Definition, Kind, Plan

    console = Console(force_terminal=color, no_color=False, highlight=False, color_system="standard" if color else None)
    with console.capture() as captured:
        print_plan(console, Plan(created=[Definition("plants", Kind.CONNECTOR, PLANTS)]))
    assert ("\x1b[32m" in captured.get()) is color
    assert "\x1b" not in commands.run("plan", commands.registry(PLANTS)).stdout


def test_what_a_definition_holds_does_not_move_the_cursor(commands):
    moves = "\x1b[2J\x9b2J\u202e\x7f"
    commands.done("apply", commands.registry({**ORDERS, "request_body": "a\nb", "tags": ["a"]}))
    folder = commands.registry({**ORDERS, "request_body": f"a\n{moves}b", "description": moves, "tags": [moves]})
    for options in ((), ("--json",)):
        printed = commands.run("plan", folder, *options).stdout
        assert all(one.isprintable() for one in printed.replace("\n", ""))
    assert commands.json("plan", folder, code=3)["updated"][0]["changes"][-2]["after"] == moves


BEARER = {"type": "bearer", "config": {"token": "literal-0ne"}}
LITERALS = [
    {"authentication": BEARER},
    {"authentication": {"type": "api_key", "config": {"key": "X-K", "value": "literal-0ne", "in": "header"}}},
    {"authentication": {"type": "basic", "config": {"username": "u", "password": "literal-0ne"}}},
    {"headers": [{"key": "X-Api-Key", "value": "literal-0ne"}]},
    {"headers": [{"key": "my-token", "value": "{{ 'literal-0ne' }}"}]},
    {"query_parameters": [{"key": "api_key", "value": "literal-0ne"}]},
]


@pytest.mark.parametrize("literal", LITERALS)
def test_a_credential_that_stands_in_a_definition_is_not_printed(commands, literal):
    changed = json.loads(json.dumps(literal).replace("0ne", "tw0"))
    printed = ""
    for definition in (ORDERS, {**ORDERS, **literal}, {**ORDERS, **changed}, ORDERS):
        folder = commands.registry(definition)
        printed = commands.run("plan", folder).stdout + json.dumps(commands.json("apply", folder))
        assert "literal-" not in printed
        if definition.items() >= changed.items():
            assert "~ •••••• → ••••••, changed" in printed
            assert '"hidden": true' in printed


def test_a_credential_that_becomes_a_secret_is_seen_to_do_so(commands):
    commands.done("apply", commands.registry({**ORDERS, "authentication": BEARER}))
    better = {"type": "bearer", "config": {"token": "{{ get_secret('k') }}"}}
    lines = commands.run("plan", commands.registry({**ORDERS, "authentication": better})).stdout.splitlines()
    assert lines[1:4] == ["    authentication.config.token", '      - "••••••"', """      + "{{ get_secret('k') }}\""""]


def test_a_locked_database_is_told_and_left_alone(commands, monkeypatch):
    monkeypatch.setattr("widget_service.storage.sqlite.backend.BUSY_TIMEOUT_S", 0.05)
    folder = commands.registry(PLANTS)
    with commands.plane() as plane, plane.database.change(actor="test", action="hold"):
        refused = commands.run("apply", folder)
        assert commands.run("plan", folder).exit_code == 3
    assert refused.exit_code == 1
    assert "locked by another process" in refused.stderr
    assert permalinks(commands) == []
