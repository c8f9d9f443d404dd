"""Calls: some of them, what was counted of all, the last use of each connector, and what is captured."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_LATENCIES = 23


def upgrade() -> None:
    """Make the tables."""
    _executions()
    _statistics()
    op.create_table(
        "connector_uses",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("permalink", sa.String(255), nullable=False),
        sa.Column("called_at", _MOMENT, nullable=False),
        sa.Column("sent_at", _MOMENT),
        sa.Column("error_at", _MOMENT),
        sa.PrimaryKeyConstraint("tenant_id", "permalink", name=op.f("pk_connector_uses")),
        _of_tenant("connector_uses"),
    )
    op.create_table(
        "captures",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("permalink", sa.String(255), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "permalink", name=op.f("pk_captures")),
        _of_tenant("captures"),
    )


def _executions() -> None:
    times = ("total_ms", "setup_ms", "auth_ms", "cache_ms", "external_ms", "transform_ms")
    op.create_table(
        "executions",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("permalink", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("method", sa.String(16), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(64)),
        sa.Column("caller", sa.String(255)),
        sa.Column("request_id", sa.String(255), nullable=False),
        sa.Column("host", sa.String(255)),
        *(sa.Column(name, sa.Double(), nullable=False) for name in times),
        sa.Column("cache", sa.String(32), nullable=False),
        sa.Column("request_bytes", sa.BigInteger()),
        sa.Column("response_bytes", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_executions")),
        _of_tenant("executions"),
    )
    for name in ("permalink", "status", "caller", "request_id"):
        op.create_index(op.f(f"ix_executions_tenant_id_{name}_id"), "executions", ["tenant_id", name, "id"])


def _statistics() -> None:
    counts = ("calls", "errors", "failures", "cache_hits")
    op.create_table(
        "execution_statistics",
        sa.Column("tenant_id", sa.String(63), nullable=False),
        sa.Column("span_s", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("permalink", sa.String(255), nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in counts),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("total_ms", "external_ms")),
        *(sa.Column(f"latency_{index}", sa.Integer(), nullable=False) for index in range(_LATENCIES)),
        sa.PrimaryKeyConstraint("tenant_id", "span_s", "permalink", "start", name=op.f("pk_execution_statistics")),
        _of_tenant("execution_statistics"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_execution_statistics_span_s_start"), "execution_statistics", ["span_s", "start"])


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenants"), ondelete="CASCADE")
