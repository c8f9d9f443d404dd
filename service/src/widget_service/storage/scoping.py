"""Every statement on what belongs to tenants says whose; one that does not is a mistake, and is not executed.

A statement that is meant for all tenants says so: ``statement.execution_options(**ALL_TENANTS)``.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import ClauseElement, Connection, Delete, Select, Table, Update, event
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ColumnClause,
    ColumnElement,
    TextClause,
)
from sqlalchemy.sql.visitors import iterate

from widget_service.storage.tables import METADATA

_OPTION = "widget_service_all_tenants"
ALL_TENANTS = {_OPTION: True}


_WORD = re.compile(r"\w+")


class UnscopedStatement(Exception):
    """A statement that would read or change what belongs to any tenant: a mistake in this program."""


def guard(connection: Connection) -> None:
    """Have every statement of ``connection`` checked before it is executed."""
    event.listen(connection, "before_execute", _before_execute)


def _before_execute(_: Connection, statement: Any, __: Any, ___: Any, execution_options: dict[str, Any]) -> None:
    if isinstance(statement, ClauseElement) and not execution_options.get(_OPTION):
        check_scope(statement)


def check_scope(statement: ClauseElement) -> None:
    """Raise `UnscopedStatement` unless each table of tenants in ``statement`` is limited to one of them.

    That is: ``tenant_id`` equals a value that is given with the statement, and nothing is an alternative to it.
    """
    if isinstance(statement, TextClause) and not _guarded_tables().isdisjoint(_WORD.findall(statement.text)):
        raise UnscopedStatement("a statement that is written as text cannot be examined")
    for part in _parts(statement):
        for table in _tables(part):
            if not _is_limited(table, part.whereclause):
                raise UnscopedStatement(f"a statement on {table.name} does not say whose rows it is about")


def belongs_to_tenants(table: Table) -> bool:
    """Whether the rows of a table are tenants' own, as the foreign key says."""
    return any(key.column.table.name == "tenants" for key in table.foreign_keys)


@cache
def _guarded_tables() -> frozenset[str]:
    return frozenset(table.name for table in METADATA.tables.values() if belongs_to_tenants(table))


def _parts(statement: ClauseElement) -> "Iterator[Select[Any] | Update | Delete]":
    """The statement and those within it; what an INSERT says of the tenant, the column's NOT NULL demands."""
    for element in iterate(statement):
        if isinstance(element, Select | Update | Delete):
            yield element


def _tables(part: "Select[Any] | Update | Delete") -> list[Table]:
    froms: Iterable[Any] = part.get_final_froms() if isinstance(part, Select) else [part.table]
    found = [table for each in froms for table in iterate(each) if isinstance(table, Table)]
    return [table for table in dict.fromkeys(found) if belongs_to_tenants(table)]


def _is_limited(table: Table, where: "ColumnElement[Any] | None") -> bool:
    return any(_names_tenant(table, condition) for condition in _all_of(where))


def _all_of(where: "ColumnElement[Any] | None") -> Iterator[Any]:
    """The conditions that hold all together."""
    if isinstance(where, BooleanClauseList) and where.operator is operators.and_:
        for clause in where.clauses:
            yield from _all_of(clause)
    elif where is not None:
        yield where


def _names_tenant(table: Table, condition: object) -> bool:
    if not (isinstance(condition, BinaryExpression) and condition.operator is operators.eq):
        return False
    column = condition.left  # the mapped attribute, which is not the same object as the table's column
    is_tenant = isinstance(column, ColumnClause) and column.name == "tenant_id" and column.table is not None
    return is_tenant and column.table.name == table.name and isinstance(condition.right, BindParameter)
