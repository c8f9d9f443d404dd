"""All rows of a database, read and written as they are, whatever its version."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Double,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    column,
    func,
    insert,
    inspect,
    select,
    table,
)
from sqlalchemy.sql.expression import TableClause
from sqlalchemy.types import TypeEngine

from widget_service.storage.portable import BATCH, Shape
from widget_service.storage.types import UtcDateTime

PASSING = frozenset(
    {"alembic_version", "executions", "execution_statistics", "tokens", "admin_sessions", "login_failures"}
)
"""Tables whose rows are of the moment, and are left out of backups."""

NUMBERED = {"revisions": "number", "sessions_revoked": "number"}
"""Tables whose numbers the database draws, each above all that were ever used."""

_TYPES: dict[str, type[TypeEngine[Any]]] = {
    "text": Text,
    "int": Integer,
    "float": Double,
    "bool": Boolean,
    "bytes": LargeBinary,
    "moment": UtcDateTime,
}


def shapes(connection: Connection) -> list[Shape]:
    """Return the tables that a backup holds, what is referred to before what refers to it."""
    found = MetaData()
    found.reflect(connection)
    return [
        Shape(each.name, {one.name: _kind(one) for one in each.columns})
        for each in found.sorted_tables
        if each.name not in PASSING
    ]


def rows(connection: Connection, shape: Shape) -> Iterator[Sequence[Any]]:
    """Yield all rows of a table, by its primary key."""
    source = _clause(shape)
    order = inspect(connection).get_pk_constraint(shape.table)["constrained_columns"]
    statement = select(*source.c).order_by(*(source.c[name] for name in order))
    yield from connection.execution_options(yield_per=BATCH).execute(statement)


def fill(connection: Connection, shape: Shape, values: Iterable[Sequence[Any]]) -> None:
    """Add rows to a table."""
    named = [dict(zip(shape.columns, row, strict=True)) for row in values]
    if named:
        connection.execute(insert(_clause(shape)), named)


def last_number(connection: Connection, name: str, key: str) -> int:
    """Return the largest number in a column; 0 where there is none, nor such a table."""
    if not inspect(connection).has_table(name):
        return 0
    source = table(name, column(key, Integer))
    return connection.scalar(select(func.max(source.c[key]))) or 0


def drop_tables(connection: Connection) -> None:
    """Drop all tables, and what belongs to them."""
    found = MetaData()
    found.reflect(connection)
    found.drop_all(connection)


def _clause(shape: Shape) -> TableClause:
    return table(shape.table, *(column(name, _TYPES[kind]) for name, kind in shape.columns.items()))


def _kind(one: Column[Any]) -> str:
    kinds: list[tuple[type[TypeEngine[Any]], str]] = [
        (LargeBinary, "bytes"),
        (DateTime, "moment"),
        (Boolean, "bool"),
        (Integer, "int"),
        (Float, "float"),
    ]
    return next((kind for type_, kind in kinds if isinstance(one.type, type_)), "text")
