"""The first tables: tenants, keys, named values, registries, definitions and revisions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _tenants()
    _tenant_keys()
    _named_values()
    _registries()
    _definitions()
    _revisions()


def _tenants() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", sa.String(63), nullable=False),
        sa.Column("hosts", sa.Text(), nullable=False),
        sa.Column("origins", sa.Text(), nullable=False),
        sa.Column("allow_anonymous", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
        sa.CheckConstraint("length(id) BETWEEN 1 AND 63 AND id = lower(id)", name=op.f("ck_tenants_name")),
    )


def _tenant_keys() -> None:
    op.create_table(
        "tenant_keys",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("master_key_id", sa.String(64), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_tenant_keys")),
        _of_tenant("tenant_keys"),
    )
    op.create_index(
        "ix_tenant_keys_current",
        "tenant_keys",
        ["tenant_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )


def _named_values() -> None:
    op.create_table(
        "named_values",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("ciphertext", sa.LargeBinary()),
        sa.Column("key_id", sa.String(64)),
        sa.Column("origins", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_named_values")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "key_id"],
            ["tenant_keys.tenant_id", "tenant_keys.id"],
            name=op.f("fk_named_values_tenant_keys"),
        ),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 255", name=op.f("ck_named_values_name")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_named_values_version")),
        sa.CheckConstraint(
            "(kind = 'secret' AND value IS NULL AND ciphertext IS NOT NULL AND key_id IS NOT NULL) OR "
            "(kind = 'variable' AND value <> '' AND value IS NOT NULL AND ciphertext IS NULL AND key_id IS NULL)",
            name=op.f("ck_named_values_kind"),
        ),
        _of_tenant("named_values"),
    )


def _registries() -> None:
    op.create_table(
        "registries",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("applied_at", _MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_registries")),
        sa.CheckConstraint("length(id) BETWEEN 1 AND 255", name=op.f("ck_registries_name")),
        sa.CheckConstraint("kind IN ('path', 'git')", name=op.f("ck_registries_kind")),
        _of_tenant("registries"),
    )


def _definitions() -> None:
    op.create_table(
        "definitions",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("permalink", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("registry_id", sa.String(255)),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "permalink", name=op.f("pk_definitions")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "registry_id"],
            ["registries.tenant_id", "registries.id"],
            name=op.f("fk_definitions_registries"),
        ),
        sa.CheckConstraint(
            "length(permalink) BETWEEN 1 AND 255 AND permalink = lower(permalink)",
            name=op.f("ck_definitions_permalink"),
        ),
        sa.CheckConstraint("kind IN ('connector', 'composite')", name=op.f("ck_definitions_kind")),
        _of_tenant("definitions"),
    )
    op.create_index(op.f("ix_definitions_tenant_id_registry_id"), "definitions", ["tenant_id", "registry_id"])


def _revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.String(63)),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.String(255), nullable=False),
        sa.Column("action", sa.String(255), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_revisions")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_revisions_tenant_id_number"), "revisions", ["tenant_id", "number"])


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenants"), ondelete="CASCADE")
