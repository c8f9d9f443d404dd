"""URLs of databases: a file in the data directory or anywhere, and everything else refused without its password."""

from pathlib import Path

import pytest

from widget_service.storage.errors import DatabaseUnavailable
from widget_service.storage.postgresql.address import connection_parameters, place_of
from widget_service.storage.urls import DEFAULT_URL, local_file, printable_url, resolve_url, sqlite_file, sqlite_url


@pytest.mark.parametrize(
    ("url", "resolved"),
    [
        (DEFAULT_URL, "sqlite:////srv/data/widget-service.db"),
        ("sqlite:///sub/a.db", "sqlite:////srv/data/sub/a.db"),
        ("sqlite:////var/lib/a.db", "sqlite:////var/lib/a.db"),
        ("sqlite+pysqlite:///a.db", "sqlite:////srv/data/a.db"),
        ("sqlite:///with space%20and%3Fmore.db", "sqlite:////srv/data/with space and%3Fmore.db"),
    ],
)
def test_relative_files_are_in_the_data_directory(url, resolved):
    assert resolve_url(url, Path("/srv/data")) == resolved
    assert resolve_url(resolved, Path("/elsewhere")) == resolved


@pytest.mark.parametrize("name", ["a.db", "with space.db", "100%.db", "%20.db", "a?b#c.db", "ü.db", "a@b:c.db"])
def test_every_file_has_a_url(name):
    assert sqlite_file(sqlite_url(Path("/srv", name))) == Path("/srv", name)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "widget-service.db",
        "/srv/widget-service.db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite:///a.db?mode=ro",
        "sqlite://host/a.db",
        "sqlite+aiosqlite:///a.db",
        "mysql://root:hunter2@127.0.0.1/db",
        "nonsense://u:hunter2@127.0.0.1:x/db?password=hunter2",
        "mysql://127.0.0.1/db?password=hunter2",
    ],
)
def test_everything_else_is_refused_with_what_would_be_right(url):
    with pytest.raises(DatabaseUnavailable, match=r"It must be such as sqlite:///widget-service\.db") as caught:
        sqlite_file(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_servers_are_named_as_libpq_knows_them(scheme):
    rest = "anna:p%40ss@db1:5432,db2/ws?sslmode=verify-full&target_session_attrs=read-write"
    url = resolve_url(f"{scheme}://{rest}", Path("/srv/data"))
    assert url == f"postgresql://{rest}"
    assert local_file(url) is None
    assert place_of(url) == "ws at db1:5432, db2"
    parameters = connection_parameters(url)
    assert (parameters["user"], parameters["password"], parameters["sslmode"]) == ("anna", "p@ss", "verify-full")
    assert parameters["connect_timeout"] == 5
    assert connection_parameters(f"{url}&connect_timeout=2")["connect_timeout"] == "2"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://anna:x@hunter2@db/ws",
        "postgresql://anna:x/hunter2@db/ws",
        "postgresql://anna:hunter2",
        "postgresql://anna:%zzhunter2@db/ws",
        "postgresql://anna:hunter2@db/ws?nonsense=hunter2",
    ],
)
def test_urls_of_servers_that_cannot_be_read_are_refused_without_the_password(url):
    with pytest.raises(DatabaseUnavailable, match="postgresql://USER:PASSWORD@HOST:5432/DATABASE") as caught:
        resolve_url(url, Path("/srv/data"))
    assert "hunter2" not in f"{caught.value}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        ("sqlite:////srv/a.db", "sqlite:////srv/a.db"),
        ("postgresql://anna:hunter2@db/ws?password=hunter2", "postgresql://anna:***@db/ws"),
        ("postgresql://db/ws", "postgresql://db/ws"),
        ("postgresql://anna@[::1]:5432,db2:5433/ws?sslmode=verify-full", "postgresql://anna@[::1]:5432,db2:5433/ws"),
        ("postgresql://anna:x%40hunter2@%2Frun%2Fpostgresql/ws", "postgresql://anna:***@%2Frun%2Fpostgresql/ws"),
        ("postgresql://anna:x@hunter2@db/ws", "••••••"),
        ("postgresql://anna:x/hunter2@db/ws", "••••••"),
        ("postgresql://anna:hunter2", "••••••"),
        ("mysql://anna:x@hunter2@db/ws", "••••••"),
        ("hunter2", "••••••"),
    ],
)
def test_it_is_printed_without_its_password(url, printed):
    assert printable_url(url) == printed
