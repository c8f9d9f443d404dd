"""``secrets`` and ``variables``: what goes in, what is shown, and what never comes out."""

import pytest

from support.commands import PLANTS

PEM = "-----BEGIN PRIVATE KEY-----\nAAAA\nBBBB\n-----END PRIVATE KEY-----\n"


def stored(commands, name, tenant="default"):
    from widget_service.control.snapshots import SnapshotSource

    with commands.plane() as plane:
        return SnapshotSource(plane, tenant).read().secrets[name]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain", "plain"),
        ("one line\n", "one line"),
        ("two ends\n\n", "two ends\n"),
        ("windows\r\n", "windows"),
        ("  spaces stay  \n", "  spaces stay  "),
        (PEM, PEM[:-1]),
        ("ünïcødé 🔑\n", "ünïcødé 🔑"),
        ("nul\0inside", "nul\0inside"),
    ],
)
@pytest.mark.parametrize("by_file", [False, True])
def test_one_line_end_is_dropped_and_nothing_else(commands, given, kept, by_file):
    if by_file:
        file = commands.folder / "value"
        file.write_bytes(given.encode())
        commands.done("secrets", "set", "key", "--from-file", file)
    else:
        commands.done("secrets", "set", "key", input=given.encode())
    assert stored(commands, "key") == kept


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"\xff\xfe not text", "no text in UTF-8"),
        (b"x" * (1024 * 1024 + 1), "more than 1048576 bytes"),
    ],
)
def test_what_cannot_be_a_secret_is_refused(commands, given, told):
    result = commands.run("secrets", "set", "key", input=given)
    assert result.exit_code == 1
    assert told in result.stderr
    assert commands.json("secrets", "list") == []


def test_the_list_shows_everything_but_the_value(commands):
    commands.done("apply", commands.registry(PLANTS))
    printed = commands.done("secrets", "set", "api_key", "--for", "https://API.example.com:443", input="hunter2-value")
    commands.done("secrets", "set", "unused", input="hunter2-value")
    assert printed == "Set the secret api_key, version 1 for https://api.example.com.\n"
    table = commands.done("secrets", "list")
    [first, second] = commands.json("secrets", "list")
    first.pop("updated_at")
    assert first == {
        "name": "api_key",
        "version": 1,
        "origins": ["https://api.example.com"],
        "read_by": ["plants"],
        "registries": [],
    }
    assert (second["origins"], second["read_by"]) == ([], [])
    for word in ("api_key", "https://api.example.com", "plants", "unused", "any origin"):
        assert word in table
    assert "hunter2" not in table + printed


def test_what_cannot_be_a_name_is_refused_first_and_not_repeated(commands):
    """Somebody may have typed the value in its place."""
    for name in ("sk-l1ve-value", "hunter2 value", "1" * 300):
        result = commands.run("secrets", "set", name, "--from-file", commands.folder / "nowhere")
        assert result.exit_code == 1
        assert name not in result.output
        assert "cannot name a secret" in result.stderr


def test_a_secret_is_not_bound_to_an_origin_that_it_could_not_go_to_safely(commands):
    secure = {"WIDGET_SERVICE_ALLOW_INSECURE_UPSTREAMS": "false"}
    refused = commands.run("secrets", "set", "key", "--for", "http://api.example.com", input="v", env=secure)
    assert refused.exit_code == 1
    assert "http://api.example.com is http" in refused.stderr
    assert commands.json("secrets", "list") == []
    assert commands.run("secrets", "set", "key", "--for", "http://api.example.com", input="v").exit_code == 0


def test_a_binding_stays_until_it_is_replaced_or_taken_off(commands):
    origins = []
    for options in (["--for", "https://a.example"], [], ["--for", "https://b.example"], ["--anywhere"]):
        commands.done("secrets", "set", "key", *options, input="v")
        [secret] = commands.json("secrets", "list")
        origins.append((secret["version"], secret["origins"]))
    assert origins == [(1, ["https://a.example"]), (2, ["https://a.example"]), (3, ["https://b.example"]), (4, [])]


def test_a_name_is_a_secret_or_a_variable(commands):
    commands.done("secrets", "set", "key", input="v")
    commands.done("variables", "set", "name", "v")
    assert "is a secret" in commands.run("variables", "set", "key", "v").stderr
    assert "is a variable" in commands.run("secrets", "set", "name", input="v").stderr


def test_deleting_says_who_still_reads_it(commands):
    commands.done("apply", commands.registry(PLANTS))
    commands.done("secrets", "set", "api_key", input="v")
    result = commands.run("secrets", "rm", "api_key")
    assert (result.exit_code, result.stdout) == (0, "Deleted the secret api_key.\n")
    assert "still used by plants" in result.stderr
    assert commands.json("secrets", "list") == []


def test_secrets_of_tenants_are_apart(commands):
    commands.done("tenants", "add", "acme")
    commands.done("secrets", "set", "key", "--tenant", "acme", input="of-acme")
    commands.done("secrets", "set", "key", input="of-default")
    assert (stored(commands, "key", "acme"), stored(commands, "key")) == ("of-acme", "of-default")


def test_master_keys_are_replaced_without_losing_a_secret(commands):
    commands.done("tenants", "add", "acme")
    commands.done("secrets", "set", "key", input="kept")
    file = commands.folder / "data" / "master.key"
    old = file.read_text().strip()
    new = "B" * 43 + "="
    file.write_text(f"{new},{old}")
    assert "2 keys put under the master key" in commands.done("secrets", "rotate-key")
    assert "0 keys put under" in commands.done("secrets", "rotate-key")
    file.write_text(new)
    assert stored(commands, "key") == "kept"
    assert "1 secret encrypted under a new key" in commands.done("secrets", "rotate-key", "--new-data-keys")
    assert stored(commands, "key") == "kept"
    file.write_text(old)
    result = commands.run("secrets", "set", "other", input="v")
    assert result.exit_code == 1
    assert "which is not listed" in result.stderr


def test_variables_are_shown(commands):
    commands.done("variables", "set", "region", "eu\x1b[31m")
    commands.done("variables", "set", "region", "uk\x1b[31m")
    [variable] = commands.json("variables", "list")
    assert (variable["name"], variable["value"], variable["version"]) == ("region", "uk\x1b[31m", 2)
    table = commands.done("variables", "list")
    assert "uk\\x1b[31m" in table
    commands.done("variables", "rm", "region")
    assert "There are no variables" in commands.done("variables", "list")
