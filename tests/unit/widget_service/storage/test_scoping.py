"""Every statement on what belongs to tenants says whose; the database itself sees to it."""

import pytest
from sqlalchemy import delete, func, insert, or_, select, text, update

from widget_service.storage import tenants
from widget_service.storage.database import Database
from widget_service.storage.models import Base, DefinitionRow, NamedValueRow, RevisionRow, TenantKeyRow, TenantRow
from widget_service.storage.scoping import ALL_TENANTS, UnscopedStatement, belongs_to_tenants, check_scope
from widget_service.storage.urls import sqlite_url

OF_A = DefinitionRow.tenant_id == "a"


def test_all_that_is_a_tenant_s_own_is_guarded():
    """A table with a column of tenants and no foreign key is a record that outlives them."""
    guarded = {table.name for table in Base.metadata.tables.values() if belongs_to_tenants(table)}
    named = {table.name for table in Base.metadata.tables.values() if "tenant_id" in table.columns}
    assert {"definitions", "named_values", "tenant_keys", "registries", "tokens", "user_keys"} <= guarded
    assert named - guarded <= {"revisions", "audit", "api_tokens"}


@pytest.mark.parametrize(
    "statement",
    [
        select(DefinitionRow.permalink).where(OF_A),
        select(DefinitionRow.permalink).where(DefinitionRow.permalink == "x").where(OF_A, DefinitionRow.kind == "c"),
        select(func.count()).select_from(DefinitionRow).where(OF_A),
        update(DefinitionRow).where(OF_A).values(kind="c"),
        delete(DefinitionRow).where(OF_A, or_(DefinitionRow.kind == "c", DefinitionRow.kind == "d")),
        select(DefinitionRow)
        .join(NamedValueRow, NamedValueRow.tenant_id == "a")
        .where(OF_A, NamedValueRow.tenant_id == "a"),
        select(DefinitionRow).where(
            OF_A, DefinitionRow.permalink.in_(select(NamedValueRow.name).where(NamedValueRow.tenant_id == "a"))
        ),
        insert(DefinitionRow).values(tenant_id="a"),
        select(TenantRow.id),
        select(RevisionRow.number),
    ],
)
def test_a_statement_that_names_its_tenant_passes(statement):
    check_scope(statement)


@pytest.mark.parametrize(
    "statement",
    [
        select(DefinitionRow.permalink),
        select(func.count()).select_from(DefinitionRow),
        select(DefinitionRow).where(DefinitionRow.permalink == "x"),
        select(DefinitionRow).where(or_(OF_A, DefinitionRow.permalink == "x")),
        select(DefinitionRow).where(DefinitionRow.tenant_id != "a"),
        select(DefinitionRow).where(~OF_A),
        select(DefinitionRow).where(DefinitionRow.tenant_id == TenantKeyRow.tenant_id, TenantKeyRow.tenant_id == "a"),
        select(DefinitionRow).where(DefinitionRow.tenant_id == DefinitionRow.tenant_id),
        select(DefinitionRow).where(NamedValueRow.tenant_id == "a"),
        select(DefinitionRow).join(NamedValueRow, NamedValueRow.name == DefinitionRow.permalink).where(OF_A),
        select(DefinitionRow).where(OF_A, DefinitionRow.permalink.in_(select(NamedValueRow.name))),
        select(select(DefinitionRow.permalink).scalar_subquery()),
        update(DefinitionRow).values(kind="c"),
        delete(DefinitionRow),
        delete(DefinitionRow).where(or_(OF_A, DefinitionRow.kind == "c")),
    ],
)
def test_a_statement_that_may_reach_other_tenants_is_refused(statement):
    with pytest.raises(UnscopedStatement):
        check_scope(statement)


def test_the_database_executes_no_statement_that_may_reach_other_tenants(tmp_path):
    database = Database.open(sqlite_url(tmp_path / "store.db"), create=True)
    with database.change(actor="a", action="b") as change:
        tenants.add(change, "a")
        with pytest.raises(UnscopedStatement):
            change.connection.execute(delete(DefinitionRow))
    with database.read() as read:
        with pytest.raises(UnscopedStatement):
            read.connection.execute(select(DefinitionRow))
        said = select(func.count()).select_from(DefinitionRow).execution_options(**ALL_TENANTS)
        assert read.connection.scalar(said) == 0


def test_text_is_no_way_around_it(tmp_path):
    """SQL as text cannot be examined: nobody writes any for the store."""
    database = Database.open(sqlite_url(tmp_path / "store.db"), create=True)
    with database.read() as read, pytest.raises(UnscopedStatement):
        read.connection.execute(text("SELECT * FROM definitions"))
