"""The keys of user tokens, and sessions that were ended."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "user_keys",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(64), nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_user_keys")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_user_keys_tenants"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "key_id"], ["tenant_keys.tenant_id", "tenant_keys.id"], name=op.f("fk_user_keys_tenant_keys")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_user_keys_version")),
    )
    op.create_table(
        "sessions_revoked",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sessions_revoked")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_sessions_revoked_tenants"), ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    names = ["tenant_id", "session_id"]
    op.create_index(op.f("ix_sessions_revoked_tenant_id_session_id"), "sessions_revoked", names, unique=True)
    op.create_index(op.f("ix_sessions_revoked_expires_at"), "sessions_revoked", ["expires_at"])
