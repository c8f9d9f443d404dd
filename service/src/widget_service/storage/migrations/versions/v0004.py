"""When kept answers were given up: by connector, and under an empty name of a whole tenant."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "cache_purges",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("permalink", sa.String(255), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "permalink", name=op.f("pk_cache_purges")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_cache_purges_tenants"), ondelete="CASCADE"
        ),
    )
