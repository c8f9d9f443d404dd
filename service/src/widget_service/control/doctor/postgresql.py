"""A PostgreSQL database: what of its server puts changes or secrets at risk."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, text

from widget_service.control.doctor.finding import Finding, note, wrong

SUBJECT = "database"
_SERVER: Final = text(
    "SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS is_standby, "
    "current_setting('default_transaction_read_only') = 'on' AS is_read_only, "
    "current_setting('fsync') = 'on' AS is_synced, current_setting('synchronous_commit') <> 'off' AS is_awaited, "
    "current_setting('max_connections')::int AS max_connections, "
    "(SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser, "
    "(SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS is_encrypted, "
    "inet_client_addr() IS NOT NULL AND inet_client_addr() <> inet_server_addr() AS is_remote"
)


def about(connection: Connection) -> str:
    """Return which server it is, and whether it takes changes."""
    server = _server(connection)
    state = "a standby" if server.is_standby else "read-only" if server.is_read_only else "takes changes"
    channel = ", encrypted" if server.is_encrypted else ""
    return f"PostgreSQL {server.version}, {state}{channel}"


def findings(connection: Connection) -> Iterator[Finding]:
    """Yield what is not as it should be."""
    server = _server(connection)
    if not server.is_synced:
        yield wrong(
            SUBJECT, "fsync is off: a crash of its machine may destroy all of it", "set fsync = on in the server"
        )
    if not server.is_awaited:
        yield wrong(
            SUBJECT,
            "synchronous_commit is off: a crash of the server takes back changes that were acknowledged",
            "set synchronous_commit = on, for the role or in the server",
        )
    if server.is_superuser:
        yield note(
            SUBJECT,
            "the service's role is a superuser, who may do anything in the server",
            "give it a role of its own: docs/how-to/use-postgresql.md",
        )
    if server.is_remote and not server.is_encrypted:
        yield note(
            SUBJECT,
            "the connection to another machine is not encrypted",
            "add sslmode=verify-full to WIDGET_SERVICE_DATABASE_URL",
        )


def _server(connection: Connection) -> Any:
    return connection.execute(_SERVER).one()
