"""How the host of a git repository signs pushes; until now every way was taken."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Hosts that send the secret itself must be said to do so, except where the address says it."""
    # SQLite would write an added column behind the constraints; made anew, the table is as a new database has it.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("git_sources", recreate="always" if is_sqlite else "never") as table:
        table.add_column(sa.Column("webhook_kind", sa.String(16), nullable=False, server_default="signed"))
    op.execute("UPDATE git_sources SET webhook_kind = 'gitlab' WHERE url LIKE 'https://gitlab.%'")
