"""Admins: accounts, sessions, API tokens, failed log-ins; and the audit log, which nobody can change."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_ROLES = "role IN ('viewer', 'editor', 'owner')"
_APPEND_ONLY_SQLITE = (
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_in_order BEFORE INSERT ON audit "
    "WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit) "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
)
_APPEND_ONLY_POSTGRESQL = (
    """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE FUNCTION audit_check_order() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit) THEN
            RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION audit_refuse()",
    "CREATE TRIGGER audit_in_order BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_check_order()",
)


def upgrade() -> None:
    """Make the tables."""
    _admins()
    _admin_sessions()
    _api_tokens()
    _login_failures()
    _audit()


def _admins() -> None:
    op.create_table(
        "admins",
        sa.Column("name", sa.String(254), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("subject", sa.String(510)),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("last_login_at", _MOMENT),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_admins")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 254 AND name = lower(name)", name=op.f("ck_admins_name")),
        sa.CheckConstraint(_ROLES, name=op.f("ck_admins_role")),
    )
    op.create_index("ix_admins_subject", "admins", ["subject"], unique=True)


def _admin_sessions() -> None:
    op.create_table(
        "admin_sessions",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("admin", sa.String(254), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("user_agent", sa.String(255), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_sessions")),
        _of_admin("admin_sessions"),
    )
    op.create_index("ix_admin_sessions_digest", "admin_sessions", ["digest"], unique=True)
    op.create_index(op.f("ix_admin_sessions_admin"), "admin_sessions", ["admin"])


def _api_tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("admin", sa.String(254)),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.Column("used_at", _MOMENT),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_api_tokens")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 255", name=op.f("ck_api_tokens_name")),
        sa.CheckConstraint(_ROLES, name=op.f("ck_api_tokens_role")),
        _of_admin("api_tokens"),
    )
    op.create_index("ix_api_tokens_digest", "api_tokens", ["digest"], unique=True)
    op.create_index(op.f("ix_api_tokens_admin"), "api_tokens", ["admin"])


def _login_failures() -> None:
    op.create_table(
        "login_failures",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", _MOMENT, nullable=False),
        sa.Column("last_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_failures")),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer()),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("actor", sa.String(510), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("action", sa.String(255), nullable=False),
        sa.Column("tenant_id", sa.String(63)),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_tenant_id_number"), "audit", ["tenant_id", "number"])
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one")),
    )
    for statement in _APPEND_ONLY_SQLITE if op.get_bind().dialect.name == "sqlite" else _APPEND_ONLY_POSTGRESQL:
        op.execute(statement)


def _of_admin(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["admin"], ["admins.name"], name=op.f(f"fk_{table}_admins"), ondelete="CASCADE")
