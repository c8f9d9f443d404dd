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


def test_whom_nothing_leads_to_is_told(commands):
    """With several tenants, a host that nobody lists is refused."""
    done = commands.run("tenants", "add", "acme")
    assert "Nothing leads to the tenant acme" in done.stderr
    assert "Nothing leads to the tenant default" in done.stderr
    assert "no host leads to it" in commands.run("doctor").stdout
    done = commands.run("tenants", "set", "acme", "--host", "acme.example.com")
    assert "acme now" not in done.stderr
    done = commands.run("tenants", "set", "default", "--host", "own.example.com")
    assert "Nothing leads" not in done.stderr


def test_who_may_call_is_set_and_taken_away(commands):
    secret = "b3h6VX0dYf1qkTgq2o0pWm9sRz4uLc7eJa8iNt5y"
    (commands.folder / "key").write_text(secret + "\n")
    commands.done("tenants", "set", "default", "--user-key", commands.folder / "key", "--no-anonymous")
    commands.done("tenants", "set", "default", "--jwks-url", "https://id.example.com/jwks", "--max-connectors", "5")
    tenant = commands.json("tenants", "list")[0]
    assert (tenant["user_keys"], tenant["jwks_url"]) == (["secret"], "https://id.example.com/jwks")
    assert (tenant["anonymous"], tenant["quotas"]) == (False, {"max_connectors": 5})
    assert secret not in commands.done("tenants", "list")
    commands.done("tenants", "set", "default", "--no-user-key", "--no-jwks-url", "--anonymous", "--max-connectors", "0")
    tenant = commands.json("tenants", "list")[0]
    assert (tenant["user_keys"], tenant["jwks_url"], tenant["anonymous"], tenant["quotas"]) == ([], None, True, {})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("too short", "32 bytes"),
        ("-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----", "private key"),
        ("-----BEGIN PUBLIC KEY-----\nMC4=\n-----END PUBLIC KEY-----", "cannot be read"),
        ('{"keys": []}', "No key of the set"),
        ('{"keys": ', "JSON"),
        ('{"kty": "RSA", "n": "sXch", "e": "AQAB"}', "bits"),
    ],
)
def test_a_user_key_that_cannot_be_used_is_refused_without_being_quoted(commands, text, says):
    (commands.folder / "key").write_text(text)
    refused = commands.run("tenants", "set", "default", "--user-key", commands.folder / "key")
    assert refused.exit_code == 1
    assert says in refused.stderr
    assert text not in refused.stderr


def test_a_tenant_has_no_more_connectors_than_it_may(commands):
    commands.done("tenants", "set", "default", "--max-connectors", "1")
    refused = commands.run("apply", commands.registry(PLANTS, ORDERS))
    assert refused.exit_code == 1
    assert "may have 1 connectors: it has 0, and 2 would be new" in refused.stderr
    commands.done("apply", commands.registry(PLANTS))
    commands.done("apply", commands.registry(ORDERS))
    assert [row["permalink"] for row in commands.json("connectors", "list")] == ["orders"]


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


def test_user_tokens_are_minted_by_the_tenant_s_own_secret_or_not_at_all(commands):
    from widget_service.identity.user_tokens import InvalidUserToken, UserTokens

    secret = b"b3h6VX0dYf1qkTgq2o0pWm9sRz4uLc7eJa8iNt5y"
    (commands.folder / "key").write_bytes(secret)
    commands.done("tenants", "set", "default", "--user-key", commands.folder / "key")
    token = commands.done("user-token", "--tenant", "default", "--sub", "u-1").strip()
    assert UserTokens(secret, tenant_id="default").verify(token).id == "u-1"
    with commands.plane() as plane, pytest.raises(InvalidUserToken):
        UserTokens.from_master_keys(plane.master_keys, tenant_id="default").verify(token)
    commands.done("tenants", "set", "default", "--no-user-key", "--jwks-url", "https://id.example.com/jwks")
    refused = commands.run("user-token", "--tenant", "default", "--sub", "u-1")
    assert (refused.exit_code, "private key" in refused.stderr) == (1, True)


def test_user_keys_outlive_the_renewing_of_the_tenant_s_key(commands):
    from widget_service.control import user_keys, values

    secret = "b3h6VX0dYf1qkTgq2o0pWm9sRz4uLc7eJa8iNt5y"
    (commands.folder / "key").write_text(secret)
    commands.done("tenants", "set", "default", "--user-key", commands.folder / "key")
    with commands.plane() as plane:
        values.renew_tenant_key(plane, "default", actor="test")
        with plane.database.read() as read:
            assert [key.is_secret for key in user_keys.read_own_keys(plane, read, "default")] == [True]


def test_the_default_tenant_is_the_same_everywhere():
    from widget_service.cli import options
    from widget_service.connectors import snapshot

    assert options.DEFAULT_TENANT == snapshot.DEFAULT_TENANT
