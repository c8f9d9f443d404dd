"""Commands that are called as they must not be (exit code 2), or are refused (1): each with a sentence."""

import pytest

from support.commands import PLANTS

USER = '{"id": "u-1"}'

WRONG = [
    (("secrets", "set", "a", "hunter2-value"), "never given as an argument"),
    (("secrets", "set", "a", "--value=hunter2-value"), "No such option"),
    (("secrets", "set", "a", "--for", "https://a.example", "--anywhere"), "exclude each other"),
    (("secrets", "set"), "Missing argument"),
    (("secrets",), "Usage"),
    (("variables", "set", "a"), "Missing argument"),
    (("tenants", "set", "default"), "nothing to change"),
    (("tenants", "set", "default", "--host", "a.example", "--no-hosts"), "exclude each other"),
    (("tenants", "rm", "default"), "give --yes"),
    (("execute", "plants", "--query", "novalue"), "takes KEY=VALUE"),
    (("execute", "plants", "--path-param", "=x"), "takes KEY=VALUE"),
    (("execute", "plants", "--payload", "{bad"), "is no JSON"),
    (("execute", "plants", "--user", "bob"), "JSON object with an id"),
    (("execute", "plants", "--user", '{"email": "a@example.com"}'), "JSON object with an id"),
    (("execute", "plants", "--user", '{"id": "u", "profile_fields": 3}'), "JSON object with an id"),
    (("execute", "plants", "--repo", "/nowhere/at/all"), "is not a folder"),
    (("execute", "plants", "--repo", ".", "--tenant", "acme"), "exclude each other"),
    (("user-token", "--sub", "u", "--repo", ".", "--tenant", "default"), "exclude each other"),
    (("user-token", "--sub", " "), "--sub is empty"),
    (("plan",), "Missing argument"),
    (("apply", ".", "--nmae", "x"), "No such option"),
    (("no-such-command",), "No such command"),
]


@pytest.mark.parametrize(
    ("arguments", "told"), WRONG, ids=lambda value: " ".join(value) if type(value) is tuple else ""
)
def test_wrong_usage_is_told(commands, arguments, told):
    result = commands.run(*arguments, input="")
    assert result.exit_code == 2, result.output
    assert told in result.output
    assert "hunter2-value" not in result.output
    assert commands.json("secrets", "list") == []


REFUSED = [
    (("secrets", "set", "1a"), "cannot name a secret"),
    (("secrets", "set", "a", "--from-file", "/nowhere/key.pem"), "/nowhere/key.pem: No such file"),
    (("secrets", "set", "a", "--for", "api.example.com"), "is no origin"),
    (("secrets", "set", "a", "--for", "https://api.example.com/v1"), "has a path"),
    (("secrets", "set", "a", "--tenant", "nobody"), "There is no tenant 'nobody'"),
    (("secrets", "rm", "none"), "There is no secret 'none'"),
    (("variables", "set", "a", ""), "is empty"),
    (("variables", "rm", "none"), "There is no variable 'none'"),
    (("variables", "list", "--tenant", "nobody"), "There is no tenant 'nobody'"),
    (("tenants", "add", "default"), "There is a tenant 'default' already"),
    (("tenants", "add", "Ac me"), "cannot name a tenant"),
    (("tenants", "add", "acme", "--host", "https://a.example"), "host name"),
    (("tenants", "add", "acme", "--host", "a.example:8080"), "host name"),
    (("tenants", "add", "acme", "--origin", "a.example"), "is no origin"),
    (("tenants", "rm", "nobody", "--yes"), "There is no tenant 'nobody'"),
    (("connectors", "show", "none"), "There is no connector 'none'"),
    (("connectors", "rm", "none"), "There is no connector 'none'"),
    (("connectors", "export", "--file", "/nowhere/x.json"), "/nowhere/x.json: No such file"),
    (("connectors", "list", "--config", "/nowhere/x.toml"), "cannot be read as TOML"),
    (("plan", "/nowhere/at/all"), "cannot be read"),
    (("apply", "/nowhere/at/all"), "cannot be read"),
    (("plan", ".", "--tenant", "nobody"), "There is no tenant 'nobody'"),
    (("plan", ".", "--name", "a\nb"), "cannot name a registry"),
    (("user-token", "--sub", "u", "--tenant", "nobody"), "There is no tenant 'nobody'"),
    (("execute", "plants", "--payload", "@/nowhere.json"), "/nowhere.json: No such file"),
    (("execute", "plants", "--user", USER, "--tenant", "nobody"), "There is no tenant 'nobody'"),
]


@pytest.mark.parametrize(
    ("arguments", "told"), REFUSED, ids=lambda value: " ".join(value) if type(value) is tuple else ""
)
def test_what_is_refused_is_told_in_a_sentence(commands, arguments, told):
    result = commands.run(*arguments, input="value")
    assert result.exit_code == 1, result.output
    assert told in result.output.replace("\n", " ")
    assert "Traceback" not in result.output


def test_without_a_database_each_command_says_what_to_run(tmp_path):
    from support.commands import Commands

    commands = Commands(tmp_path)
    folder = commands.registry(PLANTS)
    for arguments in (("secrets", "list"), ("plan", folder), ("execute", "plants"), ("tenants", "list")):
        result = commands.run(*arguments)
        assert result.exit_code == 1
        assert "widget-service init" in result.stderr


def test_the_usage_line_is_what_is_typed(commands):
    """Also where the command was started as a module."""
    done = commands.process("secrets", "set", "--help")
    assert "Usage: widget-service secrets set [OPTIONS] NAME\n" in "\n".join(map(str.strip, [*done.stdout.split("\n")]))
    assert "Usage: widget-service plan [OPTIONS] PATH\n" in commands.process("plan").stderr
    assert "validate [OPTIONS] PATH...\n" in commands.process("validate").stderr
