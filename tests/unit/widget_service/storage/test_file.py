"""The SQLite file: made for its owner alone, opened with the guards on, and faults told in words that help."""

import os
import sqlite3
import stat
from contextlib import closing

import pytest

from unit.widget_service.storage.stores import made, run_sql, set_region
from widget_service.storage import values
from widget_service.storage.database import Database
from widget_service.storage.errors import Conflict, DatabaseLocked, DatabaseReadOnly, DatabaseUnavailable, StorageError
from widget_service.storage.sqlite import backend as sqlite_backend
from widget_service.storage.urls import sqlite_url


@pytest.fixture
def file(tmp_path):
    return tmp_path / "data" / "store 100%?.db"


@pytest.fixture
def database(file):
    return made(file)


@pytest.fixture
def open_umask():
    """A process that lets everybody read what it makes, unless told otherwise."""
    old = os.umask(0)
    yield
    os.umask(old)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_but_its_owner_reads_the_file_nor_those_beside_it(file, open_umask):
    database = made(file)
    with database.read() as read:
        assert values.variables_of(read, "default") == []
        modes = {path.name.removeprefix(file.name): mode_of(path) for path in file.parent.iterdir()}
    assert modes == {"": 0o600, "-wal": 0o600, "-shm": 0o600}
    assert mode_of(file.parent) == 0o700


def test_the_mode_of_a_file_that_is_there_is_its_owner_s_affair(database, file):
    file.chmod(0o640)
    Database.open(sqlite_url(file), create=True)
    assert mode_of(file) == 0o640


def test_every_connection_has_the_guards_on(database):
    names = ("journal_mode", "foreign_keys", "synchronous", "secure_delete")
    for transaction in (database.read(), database.change(actor="anna", action="look")):
        with transaction as view:
            guards = {name: view.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}
        assert guards == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "secure_delete": 1}


def test_what_is_not_there_is_not_made_unless_asked_for(file):
    with pytest.raises(DatabaseUnavailable, match=r"no database .*widget-service init"):
        Database.open(sqlite_url(file))
    assert not file.exists()


def test_a_file_deleted_while_running_stops_changes_until_it_is_back(database, file, tmp_path):
    set_region(database)
    away = tmp_path / "away.db"
    file.rename(away)
    for act in (database.revision, lambda: set_region(database, "us")):
        with pytest.raises(DatabaseUnavailable, match="There is no database"):
            act()
    assert not file.exists()
    away.rename(file)
    assert set_region(database, "us") == 3


def test_a_file_that_was_replaced_is_the_database_from_then_on(database, file, tmp_path):
    set_region(database)
    other = tmp_path / "other.db"
    made(other)
    os.replace(other, file)
    assert database.revision() == 1
    assert set_region(database) == 2


def damaged_in_the_middle(file):
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: (file.unlink(), file.mkdir()), "cannot be read"),
        (lambda file: file.write_bytes(b"no database at all, but long enough to look at" * 100), "restore a backup"),
        (damaged_in_the_middle, "restore a backup"),
    ],
    ids=["a folder", "something else", "damaged"],
)
def test_a_file_that_became_unreadable(database, file, spoil, says):
    spoil(file)
    for act in (database.revision, lambda: set_region(database), lambda: Database.open(sqlite_url(file))):
        with pytest.raises(DatabaseUnavailable, match=says):
            act()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything; run the tests as another user")
@pytest.mark.parametrize(("mode", "says"), [(0o000, "cannot be read"), (0o400, "cannot be written")])
def test_a_file_whose_mode_was_changed(database, file, mode, says):
    file.chmod(mode)
    with pytest.raises(DatabaseUnavailable, match=says):
        set_region(database)


def test_a_file_that_takes_no_changes_is_read_all_the_same(database, monkeypatch):
    connect = sqlite_backend._connect

    def connect_read_only(path):
        connection = connect(path)
        connection.execute("PRAGMA query_only = ON")
        return connection

    monkeypatch.setattr(sqlite_backend, "_connect", connect_read_only)
    assert database.revision() == 1
    with pytest.raises(DatabaseReadOnly, match="cannot be written"):
        set_region(database)


def test_a_disk_without_room(database, monkeypatch):
    connect = sqlite_backend._connect

    def connect_to_a_full_disk(path):
        connection = connect(path)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    monkeypatch.setattr(sqlite_backend, "_connect", connect_to_a_full_disk)
    with pytest.raises(DatabaseUnavailable, match="no room left"):
        set_region(database, "x" * 100_000)
    monkeypatch.undo()
    assert set_region(database) == 2


def test_a_lock_that_lasts_is_told_and_reading_goes_on(database, file, monkeypatch):
    monkeypatch.setattr(sqlite_backend, "BUSY_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked, match=r"locked by another process.*Nothing was changed"):
            set_region(database)
        assert database.revision() == 1
        other.execute("ROLLBACK")
    assert set_region(database) == 2


def test_a_file_that_another_program_keeps_to_itself(database, file, monkeypatch):
    monkeypatch.setattr(sqlite_backend, "BUSY_TIMEOUT_S", 0.05)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        for act in (database.revision, lambda: set_region(database), lambda: Database.open(sqlite_url(file))):
            with pytest.raises(DatabaseLocked):
                act()
    assert set_region(database) == 2


def test_values_are_in_no_error_of_the_store(database):
    """A constraint that fails says neither the statement's values, nor do its causes."""

    def break_a_rule():
        with database.change(actor="anna", action="set") as change:
            row = {"name": "UPPER", "at": change.at}
            change.connection.exec_driver_sql(
                "INSERT INTO tenants VALUES (?, '[]', '[]', 1, ?, '2026-11-24', 1)", (row["name"], "typed-by-an-admin")
            )

    with pytest.raises(Conflict, match="does not fit") as caught:
        break_a_rule()
    assert "typed-by-an-admin" not in f"{caught.value} {caught.value.__cause__}"


RULES = [
    "INSERT INTO tenants VALUES ('', '[]', '[]', 1, '{}', '2026-11-24', 1)",
    "INSERT INTO tenant_keys VALUES ('nobody', 'k', 'm', x'00', 1, '2026-11-24', 1)",
    "INSERT INTO named_values VALUES ('default','a','secret',1,'plain',NULL,NULL,'[]','2026-11-24','2026-11-24',1)",
    "INSERT INTO named_values VALUES ('default','a','secret',1,NULL,x'00','k9','[]','2026-11-24','2026-11-24',1)",
    "INSERT INTO named_values VALUES ('default','a','variable',1,'',NULL,NULL,'[]','2026-11-24','2026-11-24',1)",
    "INSERT INTO named_values VALUES ('default','a','variable',1,'v',x'00',NULL,'[]','2026-11-24','2026-11-24',1)",
    "INSERT INTO named_values VALUES ('default','a','other',1,'v',NULL,NULL,'[]','2026-11-24','2026-11-24',1)",
    "INSERT INTO registries VALUES ('default','r','/srv','ftp','d','2026-11-24',1)",
    "INSERT INTO definitions VALUES ('default','A','connector',NULL,'{}','d','[]','[]','2026-11-24','2026-11-24',1)",
    "INSERT INTO definitions VALUES ('default','a','widget',NULL,'{}','d','[]','[]','2026-11-24','2026-11-24',1)",
    "INSERT INTO definitions VALUES ('default','a','connector','r9','{}','d','[]','[]','2026-11-24','2026-11-24',1)",
]


@pytest.mark.parametrize("statement", RULES)
def test_the_tables_themselves_refuse_what_must_not_be(database, statement):
    with pytest.raises(StorageError), database.change(actor="anna", action="set") as change:
        change.connection.exec_driver_sql(statement)


def test_one_key_at_most_is_current(database, file):
    insert = "INSERT INTO tenant_keys VALUES ('default', '{}', 'm', x'00', 1, '2026-11-24', 1)"
    run_sql(file, insert.format("k1"))
    with pytest.raises(sqlite3.IntegrityError):
        run_sql(file, insert.format("k2"))


def test_what_was_deleted_is_not_left_in_the_file(database, file):
    value = "a-value-that-is-deleted-" * 10
    set_region(database, value)
    assert value.encode() in file.read_bytes()
    with database.change(actor="anna", action="rm") as change:
        values.delete(change, "default", "region", "variable")
    assert value.encode() not in file.read_bytes()
