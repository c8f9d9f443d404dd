"""``backup`` and ``restore``: one state whoever writes, whole or not at all, of use with the master key."""

import gzip
import hashlib
import json
import shutil
import threading

import httpx2
import psycopg
import pytest

from support.commands import ORDERS, PLANTS, Commands, initialised
from support.installation import make_installation, serving
from support.waiting import wait_until
from widget_service.control import backups, values
from widget_service.control.audit import verify
from widget_service.control.plane import control_plane
from widget_service.settings import load_settings
from widget_service.storage import copying, revoked_sessions
from widget_service.storage import values as storage_values
from widget_service.storage.database import backend_of
from widget_service.storage.migrations import HEAD

CALL = "/widget-service/connectors/plants/execute"


@pytest.fixture
def commands(tmp_path) -> Commands:
    commands = initialised(tmp_path)
    commands.done("secrets", "set", "api_key", input="hunter2")
    commands.done("apply", commands.registry(PLANTS, ORDERS))
    return commands


def another(commands: Commands, name: str = "other", *, with_key: bool = True) -> Commands:
    """Commands over another data directory, which is empty but for the master key."""
    (commands.folder / name / "data").mkdir(parents=True)
    if with_key:
        shutil.copy2(commands.folder / "data/master.key", commands.folder / name / "data/master.key")
    return Commands(commands.folder / name)


def rows_of(commands: Commands) -> dict[str, list]:
    """All that a backup must hold, read from the database itself."""
    settings = load_settings(defaults={"data_dir": commands.folder / "data"})
    backend = backend_of(settings.effective_database_url)
    try:
        with backend.reading() as connection:
            return {
                shape.table: [tuple(row) for row in copying.rows(connection, shape)]
                for shape in copying.shapes(connection)
            }
    finally:
        backend.close()


def lines_of(file) -> list[bytes]:
    return gzip.decompress(file.read_bytes()).splitlines(keepends=True)


def write_lines(file, lines: list[bytes], *, signed: bool = True) -> None:
    if signed:
        end = {
            "rows": sum(line.startswith(b"[") for line in lines),
            "sha256": hashlib.sha256(b"".join(lines)).hexdigest(),
        }
        lines = [*lines, json.dumps(end).encode() + b"\n"]
    file.write_bytes(gzip.compress(b"".join(lines)))


def test_what_is_restored_is_what_was_backed_up(commands, tmp_path):
    file = tmp_path / "backup.gz"
    told = commands.json("backup", file)
    other = another(commands)
    restored = other.json("restore", file)
    before, after = rows_of(commands), rows_of(other)
    for table in ("revisions", "audit", "audit_head", "cache_purges"):
        assert len(after[table]) >= len(before[table])
        del before[table], after[table]
    assert after == before
    assert before["definitions"]
    assert (told["schema"], restored["revision"]) == (HEAD, told["revision"] + 1)
    assert file.stat().st_mode & 0o777 == 0o600
    assert other.json("audit", "verify")["is_intact"]
    with other.plane() as plane:
        assert verify(plane).is_intact
        with plane.database.read() as read:
            assert values.secret_value(plane, read, "default", "api_key") == "hunter2"


def test_no_secret_and_no_key_is_in_a_backup(commands, tmp_path):
    commands.done("backup", tmp_path / "backup.gz")
    text = b"".join(lines_of(tmp_path / "backup.gz"))
    assert b"hunter2" not in text
    assert (commands.folder / "data/master.key").read_bytes().strip() not in text


def test_a_restored_service_executes_and_the_running_one_follows(tmp_path, upstream):
    plants = {**PLANTS, "url": f"{upstream.origin}/v1/plants"}
    settings = make_installation(tmp_path, [plants], {"api_key": "k-1"})
    backups.make_backup(settings, tmp_path / "backup.gz")
    with serving(settings, tmp_path) as (origin, _), httpx2.Client(base_url=origin, trust_env=False) as client:
        with control_plane(settings) as plane:
            values.set_secret(plane, "default", "api_key", "k-2", actor="test")

        def key_of_a_call() -> str:
            assert client.get(CALL).status_code == 200
            return upstream.last.headers["x-key"]

        wait_until(lambda: key_of_a_call() == "k-2")
        backups.restore_backup(settings, tmp_path / "backup.gz", actor="test", force=True)
        wait_until(lambda: key_of_a_call() == "k-1")


def test_a_backup_is_one_state_while_others_write(commands, tmp_path):
    """Two variables are always set together, by a writer that never rests."""
    over = threading.Event()

    def write() -> None:
        with commands.plane() as plane:
            number = 0
            while not over.is_set():
                number += 1
                with plane.database.change(actor="test", action="both") as change:
                    for name in ("one", "two"):
                        storage_values.set_variable(change, "default", name, str(number))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_until(lambda: commands.run("variables", "list", "--json").stdout.count('"one"'))
        settings = load_settings(defaults={"data_dir": commands.folder / "data"})
        for number in range(4):
            backups.make_backup(settings, tmp_path / f"{number}.gz")
    finally:
        over.set()
        writer.join()
    seen = set()
    for number in range(4):
        other = another(commands, f"other-{number}")
        other.done("restore", tmp_path / f"{number}.gz")
        told = {row["name"]: row["value"] for row in other.json("variables", "list")}
        assert told["one"] == told["two"]
        seen.add(told["one"])
    assert len(seen) > 1, "the writer has written meanwhile"


def test_numbers_go_on_after_those_of_both(commands, tmp_path):
    """A process tells by the number of the last change whether there is another."""
    file = tmp_path / "backup.gz"
    backed_up = commands.json("backup", file)["revision"]
    for value in "abc":
        commands.done("variables", "set", "region", value)
    restored = commands.json("restore", file, "--force")["revision"]
    assert restored == backed_up + 4
    with commands.plane() as plane:
        with plane.database.change(actor="test", action="log-out") as change:
            revoked_sessions.add(change, "default", "s-1", expires_at=change.at)
        assert plane.database.revision() == restored


def test_a_database_that_holds_something_is_replaced_on_demand_only(commands, tmp_path):
    file = tmp_path / "backup.gz"
    commands.done("backup", file)
    commands.done("variables", "set", "region", "eu")
    before = rows_of(commands)
    result = commands.run("restore", file)
    assert result.exit_code == 1
    assert "holds something already" in result.stderr
    assert rows_of(commands) == before
    commands.done("restore", file, "--force")
    assert commands.json("variables", "list") == []


def test_a_file_that_is_there_is_replaced_on_demand_only(commands, tmp_path):
    file = tmp_path / "backup.gz"
    file.write_text("precious")
    result = commands.run("backup", file)
    assert result.exit_code == 1
    assert "is there already" in result.stderr
    assert file.read_text() == "precious"
    commands.done("backup", file, "--force")
    assert [each.name for each in tmp_path.iterdir() if "backup" in each.name] == ["backup.gz"]


def damaged(change):
    def damage(file) -> None:
        file.write_bytes(change(file.read_bytes()))

    return damage


def edited(change, *, signed: bool):
    def edit(file) -> None:
        lines = lines_of(file)
        write_lines(file, change(lines[:-1] if signed else lines), signed=signed)

    return edit


def with_head(**fields):
    return lambda lines: [json.dumps({**json.loads(lines[0]), **fields}).encode() + b"\n", *lines[1:]]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (damaged(lambda content: b"photos"), "cannot be unpacked"),
        (damaged(lambda content: content[: len(content) // 2]), "cannot be unpacked"),
        (damaged(lambda content: content[:-20] + b"\0" * 20), "cannot be unpacked"),
        (edited(lambda lines: lines[:-1], signed=False), "ends before its end"),
        (
            edited(lambda lines: [line.replace(b"Plants", b"Plunts") for line in lines], signed=False),
            "check sum differs",
        ),
        (edited(lambda lines: lines[:1], signed=False), "ends before its end"),
        (edited(lambda lines: [b"{}\n"], signed=False), "it does not begin as one"),
        (edited(lambda lines: [], signed=False), "line 1 is not what a backup holds"),
        (edited(lambda lines: [*lines, b"[1]\n"], signed=True), "is no row of its table"),
        (edited(lambda lines: [*lines, b'{"table":1}\n'], signed=True), "describes no table"),
        (edited(with_head(schema="9999"), signed=True), "database at version 9999"),
        (edited(with_head(format_version=2), signed=True), "has the format 2"),
        (edited(with_head(more="x"), signed=True), "says too little or too much"),
        (lambda file: file.unlink(), "No such file"),
    ],
)
def test_what_cannot_be_restored_changes_nothing(commands, tmp_path, damage, sentence):
    file = tmp_path / "backup.gz"
    commands.done("backup", file)
    damage(file)
    before = rows_of(commands)
    result = commands.run("restore", file, "--force")
    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr
    assert rows_of(commands) == before
    other = another(commands)
    assert other.run("restore", file).exit_code == 1
    assert not other.database.exists()


def test_a_row_that_does_not_fit_takes_all_of_it_back(commands, tmp_path):
    """Such as one of a tenant that is not there: the check sum is right, and the database refuses it at the end."""
    file = tmp_path / "backup.gz"
    commands.done("backup", file)
    lines = lines_of(file)[:-1]
    write_lines(
        file,
        [
            line.replace(b'["default",', b'["nobody",') if b'"text":' in line or b"Plants" in line else line
            for line in lines
        ],
    )
    before = rows_of(commands)
    result = commands.run("restore", file, "--force")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert rows_of(commands) == before


def test_a_wrong_master_key_is_told_before_anything_is_replaced(commands, tmp_path):
    file = tmp_path / "backup.gz"
    commands.done("backup", file)
    other = another(commands, with_key=False)
    assert "There is no master key" in other.run("restore", file).stderr
    other.done("init")
    before = rows_of(other)
    result = other.run("restore", file, "--force")
    assert result.exit_code == 1
    assert "were kept under the master key " in result.stderr
    assert rows_of(other) == before


def test_admins_log_in_again_and_calls_are_not_kept(commands, tmp_path):
    file = tmp_path / "backup.gz"
    commands.done("backup", file)
    tables = {json.loads(line)["table"] for line in lines_of(file) if b'"table"' in line[:8]}
    assert "admins" in tables
    assert not tables & {"admin_sessions", "executions", "execution_statistics", "tokens", "login_failures"}


def test_a_backup_moves_from_sqlite_to_postgresql_and_back(commands, tmp_path, postgres):
    """With numbers that go on, an audit log that stays append-only, and whoever follows woken up."""
    url = postgres.database()
    file, back = tmp_path / "backup.gz", tmp_path / "back.gz"
    commands.done("backup", file)
    in_server = {"WIDGET_SERVICE_DATABASE_URL": url}

    def there(*arguments: object) -> str:
        result = commands.run(*arguments, env=in_server)
        assert result.exit_code == 0, result.output
        return result.stdout

    there("restore", file)
    there("restore", file, "--force")
    there("variables", "set", "region", "eu")
    assert json.loads(there("audit", "verify", "--json"))["is_intact"]
    name = url.rpartition("/")[2]
    with pytest.raises(psycopg.errors.IntegrityError, match="append-only"):
        postgres.sql("UPDATE audit SET actor = 'nobody'", name)
    there("backup", back)
    other = another(commands)
    other.done("restore", back)
    before, after = rows_of(commands), rows_of(other)
    for table in ("definitions", "tenants", "tenant_keys", "admins", "definition_versions", "registries"):
        assert sorted(after[table], key=repr) == sorted(before[table], key=repr)
    assert before["definitions"]
    assert other.json("audit", "verify")["is_intact"]
    assert [row["value"] for row in other.json("variables", "list")] == ["eu"]
    with other.plane() as plane, plane.database.read() as read:
        assert values.secret_value(plane, read, "default", "api_key") == "hunter2"
