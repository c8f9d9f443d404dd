"""``init`` makes what is missing, closed to others, and never replaces what is there."""

import pytest

from support.commands import Commands, initialised


def test_it_makes_everything_closed_to_others(tmp_path):
    commands = Commands(tmp_path)
    commands.done("init")
    data = tmp_path / "data"
    modes = {path.name: path.stat().st_mode & 0o777 for path in (data, data / "master.key", commands.database)}
    assert modes == {"data": 0o700, "master.key": 0o600, "widget-service.db": 0o600}
    assert [tenant["name"] for tenant in commands.json("tenants", "list")] == ["default"]


def test_it_can_be_run_again(tmp_path):
    commands = initialised(tmp_path)
    key = (tmp_path / "data" / "master.key").read_bytes()
    commands.done("secrets", "set", "kept", input="value")
    steps = commands.json("init")
    assert [step["made"] for step in steps] == [False] * 5
    assert (tmp_path / "data" / "master.key").read_bytes() == key
    assert [secret["name"] for secret in commands.json("secrets", "list")] == ["kept"]


def test_it_says_what_it_made_and_what_to_do_next(tmp_path):
    printed = Commands(tmp_path).done("init")
    assert printed.count("made   ") == 5
    assert "widget-service secrets set NAME" in printed
    assert "widget-service apply PATH" in printed


def test_a_lost_master_key_is_not_replaced_by_one_that_opens_nothing(tmp_path):
    commands = initialised(tmp_path)
    key = tmp_path / "data" / "master.key"
    key.rename(tmp_path / "moved.key")
    result = commands.run("init")
    assert result.exit_code == 1
    assert "Restore it from a backup" in result.stderr
    assert not key.exists()


@pytest.mark.parametrize("key_is_lost", [False, True])
def test_a_file_that_was_emptied_is_set_up_by_init_alone_which_says_so(tmp_path, key_is_lost):
    commands = initialised(tmp_path)
    for file in (tmp_path / "data").glob("*.db*"):
        file.unlink()
    commands.database.touch()
    for command in (("doctor",), ("serve",), ("tenants", "list"), ("secrets", "set", "key")):
        result = commands.run(*command, input="v")
        assert result.exit_code == 1
        assert "restore a backup" in result.output
    if key_is_lost:
        (tmp_path / "data" / "master.key").unlink()
    printed = commands.done("init")
    assert "The file was there and empty. If it should have held something, restore a backup" in printed
    assert [tenant["name"] for tenant in commands.json("tenants", "list")] == ["default"]
    assert "was there and empty" not in commands.done("init")


def test_a_master_key_of_the_environment_is_used_and_no_file_made(tmp_path):
    commands = Commands(tmp_path)
    result = commands.run("init", env={"WIDGET_SERVICE_MASTER_KEY": "A" * 43 + "="})
    assert result.exit_code == 0
    assert "from the setting WIDGET_SERVICE_MASTER_KEY" in result.stdout
    assert not (tmp_path / "data" / "master.key").exists()


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"WIDGET_SERVICE_MASTER_KEY": "short"}, "WIDGET_SERVICE_MASTER_KEY cannot be used"),
        ({"WIDGET_SERVICE_PORT": "x"}, "WIDGET_SERVICE_PORT"),
        ({"WIDGET_SERVICE_DATABASE_URL": "mysql://db/x"}, "is no database that can be used"),
        ({"WIDGET_SERVICE_DATA_DIR": "/proc/nowhere"}, "cannot be made"),
    ],
)
def test_what_cannot_be_set_up_is_told_in_words(tmp_path, env, told):
    result = Commands(tmp_path).run("init", env=env)
    assert result.exit_code == 1
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_a_relative_database_lies_in_the_data_directory(tmp_path):
    commands = Commands(tmp_path)
    result = commands.run("init", env={"WIDGET_SERVICE_DATABASE_URL": "sqlite:///own.db"})
    assert result.exit_code == 0
    assert (tmp_path / "data" / "own.db").exists()
