"""The audit log in the hands of somebody with the database file: whatever they change is found, and where."""

import json

import pytest

from support.commands import ORDERS, PLANTS
from unit.widget_service.storage.stores import run_sql
from widget_service.control import audit, registries, tenants, values
from widget_service.control.audit import entry_of, line_of, verify_entries

TRIGGERS = ("audit_no_update", "audit_no_delete", "audit_in_order")


def change_some(commands, count=5):
    with commands.plane() as plane:
        for number in range(count):
            values.set_variable(plane, "default", "region", f"r{number}", actor="cli:anna")


def tamper(commands, *statements):
    """Change the log as somebody does who can drop the triggers first."""
    return run_sql(commands.database, *(f"DROP TRIGGER IF EXISTS {name}" for name in TRIGGERS), *statements)


def verify(commands, **options):
    with commands.plane() as plane:
        return audit.verify(plane, **options)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody' WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT number, revision, at, 'x', address, action, tenant_id, details, hash "
        "FROM audit WHERE number = 2",
        "INSERT INTO audit SELECT number + 100, revision, at, actor, address, action, tenant_id, details, hash "
        "FROM audit WHERE number = 2",
    ],
)
def test_the_database_itself_refuses_to_change_entries(commands, statement):
    change_some(commands)
    with pytest.raises(Exception, match="append-only"):
        run_sql(commands.database, statement)
    assert verify(commands).is_intact


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE number = 3", 3),
        ("UPDATE audit SET details = '{}' WHERE number = 3", 3),
        ("UPDATE audit SET details = '{' WHERE number = 3", 3),
        ("UPDATE audit SET details = x'00ff' WHERE number = 3", 3),
        ("UPDATE audit SET details = '" + "[" * 100_000 + "' WHERE number = 3", 3),
        ("UPDATE audit SET actor = x'00ff' WHERE number = 3", 3),
        ("UPDATE audit SET hash = x'00' WHERE number = 3", 3),
        ("UPDATE audit SET revision = 'second' WHERE number = 3", 3),
        ("UPDATE audit SET at = '2020-01-01T00:00:00.000000+00:00' WHERE number = 3", 3),
        ("UPDATE audit SET hash = '" + "0" * 64 + "' WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number = 1", 1),
        ("DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)", 7),
        ("UPDATE audit SET number = 99 WHERE number = 3", 3),
        ("INSERT INTO audit SELECT 8, revision, at, actor, address, action, tenant_id, details, hash "
         "FROM audit WHERE number = 7", 8),
    ],
)  # fmt: skip
def test_the_first_broken_entry_is_named(commands, statement, broken):
    change_some(commands)
    assert verify(commands).count == 7
    tamper(commands, statement)
    verdict = verify(commands)
    assert (verdict.is_intact, verdict.broken) == (False, broken)
    result = commands.run("audit", "verify")
    assert (result.exit_code, f"entry {broken} " in result.stderr) == (1, True)


@pytest.mark.parametrize("statement", ["signature = 'text'", "count = 'seven'", "hash = x'00'"])
def test_a_garbled_head_is_told_as_such(commands, statement):
    change_some(commands)
    tamper(commands, f"UPDATE audit_head SET {statement}")
    assert not verify(commands).is_intact
    result = commands.run("audit", "verify")
    assert (result.exit_code, "head" in result.stderr) == (1, True)


def test_a_chain_made_anew_has_no_signature_of_the_master_key(commands):
    change_some(commands)
    with commands.plane() as plane:
        kept = audit.entries(plane)
    tamper(commands, "UPDATE audit SET actor = 'nobody' WHERE number = 3")
    last = ""
    for entry in kept:
        changed = entry_of(line_of(entry).replace("cli:anna", "nobody") if entry.number == 3 else line_of(entry))
        last = changed.expected_hash(last or "0" * 64)
        tamper(commands, f"UPDATE audit SET hash = '{last}' WHERE number = {entry.number}")
    tamper(commands, f"UPDATE audit_head SET hash = '{last}'")
    verdict = verify(commands)
    assert (verdict.is_intact, verdict.broken) == (False, None)
    assert "not signed by a master key" in verdict.reason


def test_a_log_that_was_emptied_is_not_whole(commands):
    change_some(commands)
    tamper(commands, "DELETE FROM audit", "DELETE FROM audit_head")
    assert "holds no entry" in verify(commands).reason


def test_an_older_copy_of_the_whole_is_caught_by_what_was_noted_elsewhere(commands):
    change_some(commands)
    older = run_sql(commands.database, "SELECT count, hash, hex(signature) FROM audit_head")[0]
    change_some(commands)
    noted = commands.done("audit", "verify").split()[-1]
    tamper(
        commands,
        f"DELETE FROM audit WHERE number > {older[0]}",
        f"UPDATE audit_head SET count = {older[0]}, hash = '{older[1]}', signature = x'{older[2]}'",
    )
    assert verify(commands).is_intact
    result = commands.run("audit", "verify", "--noted", noted)
    assert (result.exit_code, "was noted once" in result.stderr) == (1, True)


def test_an_export_can_be_checked_without_the_database(commands, tmp_path):
    change_some(commands)
    file = tmp_path / "audit.ndjson"
    commands.done("audit", "export", "--file", file)
    assert [json.loads(line)["number"] for line in file.read_text().splitlines()] == list(range(1, 8))
    assert commands.done("audit", "export") == file.read_text()
    noted = commands.done("audit", "verify").split()[-1]
    assert noted in commands.done("audit", "verify", file)
    file.write_text(file.read_text().replace("r2", "r9"))
    assert "entry 5" in commands.run("audit", "verify", file).stderr
    file.write_text("[]\n")
    assert "line 1 is no entry" in commands.run("audit", "verify", file).stderr


def test_the_head_can_be_checked_after_the_master_keys_were_replaced(commands):
    change_some(commands)
    key = commands.folder / "data" / "master.key"
    old = key.read_text().strip()
    key.write_text("A" * 43 + "=," + old)
    assert verify(commands).is_intact
    commands.done("secrets", "rotate-key")
    key.write_text("A" * 43 + "=")
    assert verify(commands).is_intact
    key.write_text(old)
    assert not verify(commands).is_intact


def test_secrets_are_in_it_as_digests_that_need_the_master_key(commands):
    with commands.plane() as plane:
        for value in ("first-of-all-values", "second-of-all-values", "second-of-all-values"):
            values.set_secret(plane, "default", "api_key", value, actor="cli:anna", origins=["https://api.example.com"])
        values.remove_secret(plane, "default", "api_key", actor="cli:anna")
        found = audit.entries(plane, action="secret.set")
        digests = [(entry.details.get("before", {}).get("digest"), entry.details["after"]["digest"]) for entry in found]
        lines = "".join(audit.export(plane))
        removed = audit.entries(plane, action="secret.rm")[0]
    (_, one), (before, two), (same_before, same) = digests
    assert (before, same_before, same) == (one, two, two)
    assert removed.details["before"]["digest"] == two
    assert "of-all-values" not in lines


def test_every_kind_of_change_is_in_it_with_before_and_after(commands):
    with commands.plane() as plane:
        tenants.add_tenant(plane, "acme", actor="cli:anna", hosts=["a.example"])
        tenants.set_tenant(plane, "acme", actor="cli:anna", hosts=["b.example"])
        tenants.remove_tenant(plane, "acme", actor="cli:anna")
        values.set_variable(plane, "default", "region", "eu", actor="cli:anna")
        values.set_variable(plane, "default", "region", "us", actor="cli:anna")
        values.set_variable(plane, "default", "region", "us", actor="cli:anna")
        values.remove_variable(plane, "default", "region", actor="cli:anna")
        registries.apply_registry(plane, "default", commands.registry(PLANTS, ORDERS), actor="cli:anna")
        moved = {**PLANTS, "url": "https://api.example.com/v2/plants"}
        registries.apply_registry(plane, "default", commands.registry(moved), actor="cli:anna")
        registries.apply_registry(plane, "default", commands.registry(moved), actor="cli:anna")
        told = [(entry.action, entry.details) for entry in audit.entries(plane)][2:]
    assert [action for action, _ in told] == [
        *("tenant.add", "tenant.set", "tenant.rm", "variable.set", "variable.set", "variable.rm"),
        *("registry.apply", "registry.apply"),
    ]
    sides = [(details.get("before"), details.get("after")) for _, details in told]
    assert sides[1][0]["hosts"] == ["a.example"]
    assert sides[1][1]["hosts"] == ["b.example"]
    assert sides[3:6] == [(None, "eu"), ("eu", "us"), ("us", None)]
    assert set(sides[7][0]) == {"plants", "orders"}
    assert sides[7][1]["plants"]["url"].endswith("/v2/plants")


def test_a_sync_of_many_definitions_is_in_it_by_their_digests(commands):
    many = [{**ORDERS, "name": f"Orders {n}", "permalink": f"orders-{n}", "description": "x" * 999} for n in range(300)]
    with commands.plane() as plane:
        registries.apply_registry(plane, "default", commands.registry(*many), actor="cli:anna")
        [entry] = audit.entries(plane, action="registry.apply")
    assert len(entry.details["after"]) == 300
    assert all(value.startswith("sha256:") for value in entry.details["after"].values())


def test_a_credential_that_stands_in_a_definition_is_not_in_it(commands):
    literal = {**ORDERS, "headers": [{"key": "X-Api-Key", "value": "k3y-as-plain-text"}]}
    with commands.plane() as plane:
        registries.apply_registry(plane, "default", commands.registry(literal), actor="cli:anna")
        assert "k3y-as-plain-text" not in "".join(audit.export(plane))


def test_a_verdict_about_no_entries_at_all():
    assert verify_entries([]).is_intact
    assert not verify_entries([], noted=(1, "0" * 64)).is_intact
