"""SQLAlchemy's dialect for psycopg, with texts that are compared by their bytes and pings that do not wait for long.

A database's own collation sorts by the customs of a language, and changes with the system's libraries.
"""

from typing import Any

from sqlalchemy import Column
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGTypeCompiler
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from widget_service.storage.postgresql.connections import LimitedConnection

PING_S = 2.0


class _TypeCompiler(PGTypeCompiler):
    def _render_string_type(
        self, name: str, length: int | None, collation: str | None, *rest: Any, **keywords: Any
    ) -> str:
        if isinstance(keywords.get("type_expression"), Column):  # and not a cast, which knows no collation
            collation = collation or "C"
        return super()._render_string_type(name, length, collation, *rest, **keywords)


class PostgresqlDialect(PGDialect_psycopg):
    """The dialect of our engines alone: nothing of it touches anybody else's."""

    driver = "widget_service"
    type_compiler_cls = _TypeCompiler
    supports_statement_cache = True

    def do_ping(self, dbapi_connection: LimitedConnection) -> bool:  # type: ignore[override]
        """Whether a connection from the pool is alive, and answers at once."""
        with dbapi_connection.limited(PING_S):
            return bool(super().do_ping(dbapi_connection))  # type: ignore[no-untyped-call]


registry.register("postgresql.widget_service", __name__, PostgresqlDialect.__name__)
