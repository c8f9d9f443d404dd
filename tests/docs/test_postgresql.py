"""The guide to PostgreSQL holds: its statements and commands run as they stand there, on a server of their own."""

from contextlib import closing

import pytest

from support.commands import Commands
from support.pages import blocks
from support.postgres_server import postgres_server
from support.shell import session, shell
from widget_service.settings import load_settings
from widget_service.storage import values
from widget_service.storage.database import Database
from widget_service.storage.errors import DatabaseUnavailable


@pytest.fixture
def server():
    with postgres_server(safely=True) as server:
        (roles, rights) = blocks("docs/how-to/use-postgresql.md", "sql")
        for statement in filter(str.strip, roles.split(";")):
            server.sql(statement)
        server.rights = rights
        yield server


def test_a_role_of_its_own_is_enough_and_the_doctor_finds_nothing(server, tmp_path):
    url = f"postgresql://widget_service:choose-another@127.0.0.1:{server.port}/widget_service"
    with shell(Commands(tmp_path), serves=False, WIDGET_SERVICE_DATABASE_URL=url) as running:
        told = session("docs/how-to/use-postgresql.md", running)
    assert "made   database        postgresql://widget_service:***@127.0.0.1" in told
    assert ", takes changes" in told
    for statement in filter(str.strip, server.rights.split(";")):
        server.sql(statement, "widget_service")
    user = url.replace("widget_service:choose-another", "widget_service_user:choose-a-third")
    with closing(Database.open(user)) as database:
        before = database.revision()
        with database.change(actor="anna", action="set", tenant_id="default") as change:
            values.set_variable(change, "default", "region", "eu")
        assert database.revision() == before + 1
        for statement in ("ALTER TABLE audit DISABLE TRIGGER ALL", "DELETE FROM audit", "UPDATE audit SET actor = ''"):
            with (
                pytest.raises(DatabaseUnavailable, match="does not let the service's role"),
                database.change(actor="x", action="x") as change,
            ):
                change.connection.exec_driver_sql(statement)


def test_the_setting_is_one(tmp_path):
    (text,) = blocks("docs/how-to/use-postgresql.md", "toml")
    (tmp_path / "settings.toml").write_text(text)
    assert "sslmode=verify-full" in load_settings(file=tmp_path / "settings.toml").effective_database_url
