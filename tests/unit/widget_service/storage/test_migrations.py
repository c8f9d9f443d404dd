"""Migrations and models agree, old databases come up to date, and newer or foreign ones are left alone."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from unit.widget_service.storage.stores import made, run_sql, set_region
from widget_service.storage import definitions, migrations, registries, revisions, tenant_keys, tenants, values
from widget_service.storage.database import Database
from widget_service.storage.errors import DatabaseTooNew, DatabaseUnavailable
from widget_service.storage.migrations import HEAD
from widget_service.storage.sqlite.backend import SqliteBackend
from widget_service.storage.tables import METADATA
from widget_service.storage.urls import sqlite_url

FIRST_VERSION = Path(__file__).with_name("first_version.sql")
SCHEMA = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE 'alembic%' ORDER BY name"

for models in ("admin_models", "execution_models", "history_models"):
    import_module(f"widget_service.storage.{models}")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "store.db"


def test_the_steps_are_those_that_the_package_names():
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)
    steps = [script.revision for script in scripts.walk_revisions()]
    assert tuple(reversed(steps)) == migrations.VERSIONS
    assert scripts.get_heads() == [migrations.HEAD]


def test_migrations_and_models_agree(file):
    made(file)
    with SqliteBackend(file).reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_they_agree_in_checks_and_the_names_of_constraints_too(file, tmp_path):
    """Which alembic does not compare."""
    made(file)
    from_models = tmp_path / "models.db"
    engine = create_engine(sqlite_url(from_models))
    METADATA.create_all(engine)
    engine.dispose()
    assert parts_of(run_sql(file, SCHEMA)) == parts_of(run_sql(from_models, SCHEMA))


def parts_of(schema):
    """Each table's lines, whatever their order; SQLite quotes the names of tables that were made anew."""
    return {name: sorted(line.strip(" \t,") for line in sql.replace('"', "").splitlines()) for name, sql in schema}


def test_a_database_of_the_first_version_comes_up_to_date_with_all_that_it_holds(file):
    for statement in FIRST_VERSION.read_text().split(";\n"):
        run_sql(file, statement)
    database = Database.open(sqlite_url(file))
    with database.read() as read:
        assert migrations.version_of(read.connection) == migrations.HEAD
        assert tenants.get(read, "default").hosts == ("widgets.example.com",)
        assert tenant_keys.current(read, "default").blob == b"\x00\x01"
        assert values.find(read, "default", "api_key").ciphertext == b"\x01\x02"
        assert values.find(read, "default", "region").value == "eu"
        assert registries.find(read, "default", "garden").source == "/srv/garden"
        assert definitions.find(read, "default", "rose").definition == '{"name": "Rose"}'
        assert [revision.number for revision in revisions.history(read)] == [7]
    assert set_region(database, "us") == 8


def test_a_later_version_s_database_is_left_alone(file):
    made(file)
    run_sql(file, "UPDATE alembic_version SET version_num = '9999'")
    before = file.read_bytes()
    with pytest.raises(DatabaseTooNew, match=rf"at version 9999.*knows {HEAD} at most\. Install"):
        Database.open(sqlite_url(file))
    assert file.read_bytes() == before


def test_a_database_of_something_else_is_left_alone(file):
    run_sql(file, "CREATE TABLE photos (id)")
    with pytest.raises(DatabaseUnavailable, match="tables of something else"):
        Database.open(sqlite_url(file), create=True)
    assert run_sql(file, "SELECT name FROM sqlite_master") == [("photos",)]


def test_a_step_that_fails_leaves_nothing_behind(file, monkeypatch):
    def fail_after(connection):
        apply(connection)
        raise RuntimeError("cut off")

    apply = migrations.advance
    monkeypatch.setattr(migrations, "advance", fail_after)
    with pytest.raises(RuntimeError):
        Database.open(sqlite_url(file), create=True)
    assert run_sql(file, "SELECT name FROM sqlite_master") == []
    monkeypatch.undo()
    assert made(file).revision() == 1


def test_a_step_may_make_a_table_anew_without_losing_what_refers_to_it(file):
    database = made(file)
    set_region(database)
    with SqliteBackend(file).migrating() as connection:
        connection.exec_driver_sql("CREATE TABLE anew (id TEXT PRIMARY KEY, colour TEXT)")
        connection.exec_driver_sql("INSERT INTO anew SELECT id, 'green' FROM tenants")
        connection.exec_driver_sql("DROP TABLE tenants")
        connection.exec_driver_sql("ALTER TABLE anew RENAME TO tenants")
    assert run_sql(file, "SELECT value FROM named_values") == [("eu",)]


def test_a_step_that_leaves_rows_without_their_tenant_is_taken_back(file):
    set_region(made(file))
    with pytest.raises(DatabaseUnavailable, match="refer to nothing"), SqliteBackend(file).migrating() as connection:
        connection.exec_driver_sql("DELETE FROM tenants")
    assert run_sql(file, "SELECT id FROM tenants") == [("default",)]


def test_a_database_that_is_up_to_date_is_opened_without_alembic(file):
    made(file)
    program = (
        "import sys; from widget_service.storage.database import Database; "
        f"Database.open({sqlite_url(file)!r}); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
