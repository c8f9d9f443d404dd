"""``doctor``: all is well, or what is wrong and how to mend it."""

import json
import sqlite3
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.commands import PLANTS
from support.redis_server import redis_server
from widget_service.storage.migrations import HEAD


def break_config(commands):
    return {"WIDGET_SERVICE_PORT": "x"}


def lose_data_dir(commands):
    return {"WIDGET_SERVICE_DATA_DIR": str(commands.folder / "elsewhere")}


def open_key(commands):
    (commands.folder / "data" / "master.key").chmod(0o644)


def replace_key(commands):
    (commands.folder / "data" / "master.key").write_text("B" * 43 + "=")


def damage_database(commands):
    commands.database.write_bytes(b"no database" * 1000)


def newer_database(commands):
    change(commands, "UPDATE alembic_version SET version_num = '9999'")


def damage_secret(commands):
    commands.done("secrets", "set", "key", input="v")
    change(commands, "UPDATE named_values SET version = 7")


def damage_definition(commands):
    commands.done("secrets", "set", "api_key", input="v")
    commands.done("apply", commands.registry(PLANTS))
    change(commands, 'UPDATE definitions SET definition = \'{"name": "Plants"}\'')


def leave_secret_unset(commands):
    commands.done("apply", commands.registry(PLANTS))


def leave_variable_unset(commands):
    url = "https://api.example.com/{{ get_variable('region') }}"
    commands.done("apply", commands.registry({"name": "One", "url": url}))


def no_authorities(commands):
    file = commands.folder / "empty.pem"
    file.write_text("nothing")
    return {"SSL_CERT_FILE": str(file)}


def no_cache(commands):
    return {"WIDGET_SERVICE_CACHE_URL": "redis://:p4ss@127.0.0.1:1/0"}


def change(commands, statement):
    connection = sqlite3.connect(commands.database)
    with connection:
        connection.execute(statement)
    connection.close()


WRONG = [
    (break_config, "settings", "WIDGET_SERVICE_PORT"),
    (lose_data_dir, "data directory", "widget-service init"),
    (open_key, "master keys", "chmod 600"),
    (replace_key, "tenant default", "is not listed"),
    (damage_database, "database", "restore a backup"),
    (newer_database, "database", "at version 9999"),
    (damage_secret, "tenant default", "secrets set key"),
    (damage_definition, "tenant default", "sync its registry 'shop' again"),
    (leave_secret_unset, "tenant default", "run: widget-service secrets set api_key --tenant default"),
    (leave_variable_unset, "tenant default", "run: widget-service variables set region VALUE --tenant default"),
    (no_authorities, "TLS authorities", "SSL_CERT_FILE"),
    (no_cache, "cache", "mend WIDGET_SERVICE_CACHE_URL"),
]


@pytest.mark.parametrize(("breaks", "subject", "told"), WRONG, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_wrong_is_told_with_what_mends_it(commands, breaks, subject, told):
    env = breaks(commands) or {}
    result = commands.run("doctor", "--json", env=env)
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    wrong = [finding for finding in report["findings"] if finding["state"] == "wrong"]
    assert not report["healthy"]
    assert any(finding["subject"] == subject and told in finding["message"] + finding["mend"] for finding in wrong)
    shown = commands.run("doctor", env=env)
    assert shown.exit_code == 1
    assert "to mend." in shown.stdout
    assert "p4ss" not in result.stdout + shown.stdout


def test_all_is_well_after_init(commands):
    printed = commands.done("doctor")
    assert printed.endswith("All is well.\n")
    for word in (
        "master keys",
        f"version {HEAD}, revision 1, journal wal",
        "can be written",
        "TLS authorities",
        "is free",
    ):
        assert word in printed


def test_whether_it_can_be_watched_is_told(commands):
    assert "metrics: off" in commands.done("doctor")
    told = commands.run("doctor", env={"WIDGET_SERVICE_METRICS_TOKEN": "t0ken-of-prometheus"})
    assert "metrics: at /metrics of port " in told.stdout
    assert "t0ken" not in told.stdout


def test_a_cache_that_answers_is_well(commands, tmp_path):
    with redis_server(tmp_path) as server:
        told = commands.run("doctor", env={"WIDGET_SERVICE_CACHE_URL": server.url})
    assert told.exit_code == 0
    assert "the server of CACHE_URL answers" in told.stdout


@pytest.mark.parametrize(("credentials", "told"), [("", "it wants a password"), (":wr0ng@", "refuses the user name")])
def test_a_cache_that_refuses_the_password_is_told_in_words(commands, tmp_path, credentials, told):
    with redis_server(tmp_path, password="right") as server:
        url = server.url.replace("unix://", f"unix://{credentials}")
        found = commands.run("doctor", env={"WIDGET_SERVICE_CACHE_URL": url})
    assert found.exit_code == 1
    assert told in found.stdout
    assert "wr0ng" not in found.stdout


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda file: file.write_text(json.dumps({"connectors": []})), "has changed since"),
        (lambda file: file.unlink(), "has changed since"),
        (lambda file: file.write_text("{"), "cannot be read"),
        (lambda file: file.parent.rename(file.parent.with_name("gone")), "is not there"),
    ],
)
def test_a_registry_that_is_not_as_it_was_applied_is_noted(commands, edit, told):
    folder = commands.registry({"name": "One", "url": "https://api.example.com"})
    commands.done("apply", folder)
    assert "registry shop: as in" in commands.done("doctor")
    edit(folder / "connectors_registry.json")
    [noted] = [each for each in commands.json("doctor")["findings"] if each["subject"] == "registry shop"]
    assert noted["state"] == "note"
    assert told in noted["message"]


def test_a_taken_port_is_wrong_unless_the_service_has_it(commands, upstream):
    env = {"WIDGET_SERVICE_PORT": str(upstream.port)}
    result = commands.run("doctor", env=env)
    assert (result.exit_code, "is taken" in result.stdout) == (1, True)
    from support.upstream import reply_json

    upstream.replies["/healthz"] = reply_json({"status": "ok"})
    result = commands.run("doctor", env=env)
    assert (result.exit_code, "a service answers at" in result.stdout) == (0, True)


def test_open_modes_are_noted(commands):
    (commands.folder / "data").chmod(0o755)
    commands.database.chmod(0o644)
    noted = {each["subject"]: each["mend"] for each in commands.json("doctor")["findings"] if each["state"] == "note"}
    assert "chmod 700" in noted["data directory"]
    assert "chmod 600" in noted["database"]


@contextmanager
def full_disk(**_):
    with Path("/dev/full").open("wb", buffering=0) as file:
        yield file


def test_a_disk_without_room_is_found(commands, monkeypatch):
    monkeypatch.setattr("tempfile.TemporaryFile", full_disk)
    result = commands.run("doctor")
    assert result.exit_code == 1
    assert "No space left on device" in result.stdout
    assert "database: can be written" not in result.stdout
