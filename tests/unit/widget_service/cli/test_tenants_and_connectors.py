"""``tenants`` and ``connectors``: added, changed, listed, exported and deleted."""

import json

import pytest

from support.commands import ORDERS, PLANTS
from widget_service.registry.sync import Definition, Kind
from widget_service.registry.validate import validate_connectors

COMPOSITE = {"name": "Both", "permalink": "both", "steps": [{"name": "one", "connector": "plants"}]}


def make_by_hand(commands, raw):
    """Store a connector as an admin makes it."""
    from widget_service.control.definitions import as_new
    from widget_service.storage import definitions

    with commands.plane() as plane, plane.database.change(actor="test", action="connector.set") as change:
        definitions.put(change, "default", as_new(Definition(raw["permalink"], Kind.CONNECTOR, raw)))


def test_a_tenant_is_added_changed_and_deleted(commands):
    commands.done("tenants", "add", "acme", "--host", "A.example.com", "--origin", "https://www.Example.com:443")
    tenant = commands.json("tenants", "list")[0]
    assert (tenant["hosts"], tenant["origins"]) == (["a.example.com"], ["https://www.example.com"])
    commands.done("tenants", "set", "acme", "--no-hosts", "--origin", "https://b.example")
    tenant = commands.json("tenants", "list")[0]
    assert (tenant["hosts"], tenant["origins"]) == ([], ["https://b.example"])
    assert "a.example.com" not in commands.done("tenants", "list")
    commands.done("variables", "set", "v", "1", "--tenant", "acme")
    assert "1 variable" in commands.done("tenants", "rm", "acme", "--yes")
    assert [tenant["name"] for tenant in commands.json("tenants", "list")] == ["default"]


def test_a_master_key_that_opens_nothing_adds_nothing(commands):
    """Else its key would be needed beside the right one for ever."""
    refused = commands.run("tenants", "add", "acme", env={"WIDGET_SERVICE_MASTER_KEY": "B" * 43 + "="})
    assert refused.exit_code == 1
    assert "is not listed" in refused.stderr
    assert [tenant["name"] for tenant in commands.json("tenants", "list")] == ["default"]
    both = f"{'B' * 43}=,{(commands.folder / 'data' / 'master.key').read_text().strip()}"
    assert commands.run("tenants", "add", "acme", env={"WIDGET_SERVICE_MASTER_KEY": both}).exit_code == 0


def test_the_help_says_which_tenant_is_served(commands):
    assert "serves the tenant default" in " ".join(commands.done("tenants", "--help").split())


def test_a_host_belongs_to_one_tenant(commands):
    commands.done("tenants", "add", "acme", "--host", "a.example.com")
    assert (
        "has the host a.example.com already"
        in commands.run("tenants", "set", "default", "--host", "a.example.com").stderr
    )


def test_the_list_says_where_connectors_lead_and_come_from(commands):
    commands.done("apply", commands.registry(PLANTS, composite_connectors=[COMPOSITE]))
    make_by_hand(commands, ORDERS)
    rows = {row["permalink"]: row for row in commands.json("connectors", "list")}
    assert (rows["plants"]["registry"], rows["plants"]["secrets"]) == ("shop", ["api_key"])
    assert (rows["orders"]["registry"], rows["orders"]["method"]) == (None, "POST")
    assert rows["both"]["kind"] == "composite"
    lines = {line.split()[0]: line for line in commands.done("connectors", "list").splitlines()}
    assert "GET" in lines["plants"]
    assert "secrets api_key" in lines["plants"]
    assert "by hand" in lines["orders"]
    assert "1 step" in lines["both"]


def test_show_prints_the_definition(commands):
    commands.done("apply", commands.registry(PLANTS))
    assert json.loads(commands.done("connectors", "show", "plants")) == PLANTS
    assert commands.json("connectors", "show", "plants")["registry"] == "shop"


@pytest.mark.parametrize("to_file", [False, True])
def test_an_export_is_a_registry_without_errors(commands, to_file):
    commands.done("apply", commands.registry(PLANTS, composite_connectors=[COMPOSITE]))
    make_by_hand(commands, ORDERS)
    file = commands.folder / "out.json"
    printed = commands.done("connectors", "export", *(["--file", file] if to_file else []))
    exported = json.loads(file.read_text() if to_file else printed)
    assert exported == {"connectors": [ORDERS, PLANTS], "composite_connectors": [COMPOSITE]}
    assert not validate_connectors(exported).has_errors


def test_only_what_was_made_by_hand_is_deleted(commands):
    commands.done("apply", commands.registry(PLANTS))
    make_by_hand(commands, ORDERS)
    refused = commands.run("connectors", "rm", "plants")
    assert refused.exit_code == 1
    assert "comes from the registry 'shop': change it there, and sync" in refused.stderr
    commands.done("connectors", "rm", "orders")
    assert [row["permalink"] for row in commands.json("connectors", "list")] == ["plants"]


def test_changes_say_who_made_them(commands):
    from widget_service.cli.options import actor
    from widget_service.storage import revisions

    commands.done("apply", commands.registry(PLANTS))
    commands.done("secrets", "set", "key", input="v")
    with commands.plane() as plane, plane.database.read() as read:
        history = revisions.history(read)
    assert [(change.actor, change.action) for change in history] == [
        (actor(), "secret.set"),
        (actor(), "registry.apply"),
        (actor(), "init"),
    ]
    assert actor().startswith("cli:")


def test_a_user_token_of_a_tenant_is_for_that_tenant(commands):
    from widget_service.identity.user_tokens import InvalidUserToken, UserTokens

    def tokens(plane, tenant):
        return UserTokens.from_master_keys(plane.master_keys, tenant_id=tenant)

    commands.done("tenants", "add", "acme")
    token = commands.done("user-token", "--tenant", "acme", "--sub", "u-1", "--email", "a@example.com").strip()
    with commands.plane() as plane:
        user = tokens(plane, "acme").verify(token)
        assert (user.id, user.email) == ("u-1", "a@example.com")
        with pytest.raises(InvalidUserToken):
            tokens(plane, "default").verify(token)


def test_the_default_tenant_is_the_same_everywhere():
    from widget_service.cli import options
    from widget_service.connectors import snapshot

    assert options.DEFAULT_TENANT == snapshot.DEFAULT_TENANT
