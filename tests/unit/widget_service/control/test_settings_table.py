"""The table of settings tells everything but secrets."""

from widget_service.control.settings_table import settings_table
from widget_service.settings import Settings


def test_no_password_is_in_it():
    rows = settings_table(
        Settings(
            database_url="postgresql://anna:hunter2@db.example.com/ws",
            cache_url="redis://:hunter2@cache.example.com",
            master_key="hunter2",
            oidc_client_secret="hunter2",
        )
    )
    assert "hunter2" not in repr(rows)
    told = {row["name"]: row["value"] for row in rows}
    assert told["WIDGET_SERVICE_DATABASE_URL"] == "postgresql://anna:***@db.example.com/ws"
