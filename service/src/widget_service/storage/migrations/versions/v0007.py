"""What was: versions of definitions and of registries; and git repositories that registries come from."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_FIRST_VERSIONS = """
INSERT INTO definition_versions (tenant_id, permalink, revision, kind, registry_id, definition, at, actor, action)
SELECT d.tenant_id, d.permalink, d.revision, d.kind, d.registry_id, d.definition, d.updated_at,
       coalesce(r.actor, ''), coalesce(r.action, '')
FROM definitions d LEFT JOIN revisions r ON r.number = d.revision
"""


def upgrade() -> None:
    """Make the tables; what there is now is the first version."""
    _definition_versions()
    _registry_versions()
    _git_sources()
    op.execute(_FIRST_VERSIONS)


def _definition_versions() -> None:
    op.create_table(
        "definition_versions",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("permalink", sa.String(255), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("registry_id", sa.String(255)),
        sa.Column("definition", sa.Text()),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "permalink", "revision", name=op.f("pk_definition_versions")),
        _of_tenant("definition_versions"),
    )


def _registry_versions() -> None:
    op.create_table(
        "registry_versions",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("registry_id", sa.String(255), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "registry_id", "revision", name=op.f("pk_registry_versions")),
        _of_tenant("registry_versions"),
    )


def _git_sources() -> None:
    op.create_table(
        "git_sources",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("registry_id", sa.String(255), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("branch", sa.String(255), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("token_secret", sa.String(255)),
        sa.Column("webhook_secret", sa.String(255)),
        sa.Column("poll_s", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seen", sa.String(64)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("checked_at", _MOMENT),
        sa.Column("due_at", _MOMENT),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "registry_id", name=op.f("pk_git_sources")),
        _of_tenant("git_sources"),
    )


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenants"), ondelete="CASCADE")
