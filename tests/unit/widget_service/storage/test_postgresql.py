"""A PostgreSQL database: what is its own, and faults told in words that help and within a bounded time."""

import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from support.postgres_server import PASSWORD
from unit.widget_service.storage.stores import set_region
from widget_service.storage import tenants
from widget_service.storage.database import Database
from widget_service.storage.errors import Conflict, DatabaseLocked, DatabaseReadOnly, DatabaseUnavailable, InvalidValue
from widget_service.storage.postgresql.backend import POOL_SIZE, PostgresqlBackend
from widget_service.storage.tables import METADATA

TYPED = "typed-by-an-admin"


@pytest.fixture
def database(postgres_url):
    with closing(Database.open(postgres_url)) as database:
        with database.change(actor="anna", action="init") as change:
            tenants.add(change, "default")
        yield database


def name_of(url):
    return url.rpartition("/")[2]


def insert_tenant(database, settings):
    """Break a rule of the tables by a tenant whose name is in capitals."""
    with database.change(actor="anna", action="set") as change:
        statement = "INSERT INTO tenants VALUES ('UPPER', '[]', '[]', true, %(settings)s, now(), 1)"
        change.connection.exec_driver_sql(statement, {"settings": settings})


def test_migrations_and_models_agree(database):
    with database.read() as read:
        assert compare_metadata(MigrationContext.configure(read.connection), METADATA) == []


def test_texts_are_compared_by_their_bytes_whatever_the_database_s_own_order(database, postgres, postgres_url):
    """As SQLite and Python do; an order by the customs of a language also changes with the system's libraries."""
    others = (
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND table_name <> 'alembic_version' AND data_type IN ('text', 'character varying') "
        "AND collation_name IS DISTINCT FROM 'C'"
    )
    assert postgres.sql(others, name_of(postgres_url)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "INSERT INTO audit SELECT number + 5, revision, at, actor, address, action, NULL, '', '' FROM audit",
    ],
)
def test_the_audit_log_is_append_only(database, statement):
    with pytest.raises(Conflict), database.change(actor="anna", action="x") as change:
        change.connection.exec_driver_sql(statement)


def test_values_are_in_no_error_of_the_store(database):
    """A constraint that fails quotes the row; what is told, and what a log may say of its causes, does not."""
    with pytest.raises(Conflict, match="does not fit") as caught:
        insert_tenant(database, TYPED)
    told = "".join(traceback.format_exception(caught.value))
    assert TYPED not in told
    assert "CheckViolation 23514 tenants ck_tenants_name" in told


def test_a_text_that_is_too_long_is_refused(database):
    with pytest.raises(InvalidValue), database.change(actor="anna", action="x" * 300) as change:
        change.touch()


def test_the_password_is_in_no_error(postgres, postgres_url):
    with pytest.raises(DatabaseUnavailable, match="password authentication failed") as caught:
        Database.open(postgres_url.replace(PASSWORD, TYPED))
    assert TYPED not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda url: url.rpartition("/")[0] + "/nowhere", 'database "nowhere" does not exist'),
        (lambda url: url.replace("127.0.0.1:", "127.0.0.1:1"), "cannot be reached"),
    ],
)
def test_what_is_not_there(postgres_url, change, says):
    with pytest.raises(DatabaseUnavailable, match=says):
        Database.open(change(postgres_url))


def test_a_database_in_another_encoding_is_refused(postgres):
    postgres.sql("CREATE DATABASE latin ENCODING LATIN1 LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
    with pytest.raises(DatabaseUnavailable, match="does not keep texts as UTF8"):
        Database.open(postgres.url("latin"), create=True)
    postgres.drop(postgres.url("latin"))


def test_a_database_that_takes_no_changes_is_read_all_the_same(database, postgres, postgres_url):
    revision = database.revision()
    postgres.sql(f"ALTER DATABASE {name_of(postgres_url)} SET default_transaction_read_only = on")
    with closing(Database.open(postgres_url)) as read_only:
        assert read_only.revision() == revision
        with pytest.raises(DatabaseReadOnly, match="takes no changes now"):
            set_region(read_only)


def test_a_lock_that_lasts_is_told_and_reading_goes_on(database, postgres_url):
    with closing(Database.open(postgres_url)) as other, other.change(actor="anna", action="hold") as change:
        change.touch()
        started = time.monotonic()
        with (
            pytest.raises(DatabaseLocked, match=r"locked by another process.*Nothing was changed"),
            database.change(actor="bob", action="set", wait_s=0.1),
        ):
            pass
        assert time.monotonic() - started < 3
        assert database.revision() == 1
    assert set_region(database) == 3


def test_the_server_ends_what_takes_too_long_and_whoever_holds_others_up(database):
    with database.read() as read:
        shown = {
            name: read.connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_isolation")
        }
    assert shown == {
        "statement_timeout": "8s",
        "idle_in_transaction_session_timeout": "1min",
        "transaction_isolation": "repeatable read",
    }


def test_a_process_has_few_connections_however_many_threads_ask(database, postgres, postgres_url):
    with ThreadPoolExecutor(30) as threads:
        numbers = set(threads.map(lambda _: database.revision(), range(200)))
    mine = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name_of(postgres_url)}'"
    assert numbers == {1}
    assert postgres.sql(mine)[0][0] <= POOL_SIZE


def test_tables_may_be_in_a_schema_of_their_own(postgres):
    url = postgres.database()
    postgres.sql("CREATE SCHEMA widgets", name_of(url))
    postgres.sql("CREATE TABLE photos (id int)", name_of(url))
    with closing(Database.open(f"{url}?options=-csearch_path%3Dwidgets", create=True)) as database:
        assert database.was_empty
    with pytest.raises(DatabaseUnavailable, match="tables of something else"):
        Database.open(url, create=True)
    postgres.drop(url)


def test_statements_go_through_a_pooler_that_mixes_sessions(database, postgres_url):
    """Nothing is prepared in the server, whose sessions such a pooler gives to anybody."""
    for _ in range(20):
        database.revision()
    with closing(PostgresqlBackend(postgres_url)) as backend, backend.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar() == 0
