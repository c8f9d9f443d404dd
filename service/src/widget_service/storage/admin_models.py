"""The tables about admins: accounts, sessions, API tokens, failed log-ins, and the audit log of all changes."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, event
from sqlalchemy.orm import Mapped, mapped_column

from widget_service.storage.models import MAX_NAME_LENGTH, MAX_TENANT_LENGTH, Base
from widget_service.storage.types import JsonText, UtcDateTime

RoleName = Literal["viewer", "editor", "owner"]
MAX_ADMIN_LENGTH = 254
"""An e-mail address may be a name (RFC 5321 §4.5.3.1.3)."""

_ROLES = "role IN ('viewer', 'editor', 'owner')"


class AdminRow(Base):
    """Who may log in: by a password, or by a provider that calls them ``subject`` (``ISSUER SUB``), or by both."""

    __tablename__ = "admins"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {MAX_ADMIN_LENGTH} AND name = lower(name)", name="name"),
        CheckConstraint(_ROLES, name="role"),
        Index("ix_admins_subject", "subject", unique=True),
    )

    name: Mapped[str] = mapped_column(String(MAX_ADMIN_LENGTH), primary_key=True)
    role: Mapped[RoleName] = mapped_column(String(16))
    password_hash: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(String(MAX_NAME_LENGTH * 2))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AdminSessionRow(Base):
    """A session; the cookie's value is not kept, only its digest. ``id`` is what lists call it."""

    __tablename__ = "admin_sessions"
    __table_args__ = (Index("ix_admin_sessions_digest", "digest", unique=True),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    admin: Mapped[str] = mapped_column(
        String(MAX_ADMIN_LENGTH), ForeignKey("admins.name", ondelete="CASCADE"), index=True
    )
    address: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApiTokenRow(Base):
    """A token of the REST API, as a digest; one that an admin made goes with the admin."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {MAX_NAME_LENGTH}", name="name"),
        CheckConstraint(_ROLES, name="role"),
        Index("ix_api_tokens_digest", "digest", unique=True),
    )

    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    role: Mapped[RoleName] = mapped_column(String(16))
    scopes: Mapped[list[str]] = mapped_column(JsonText)
    admin: Mapped[str | None] = mapped_column(
        String(MAX_ADMIN_LENGTH), ForeignKey("admins.name", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginFailureRow(Base):
    """How often logging in has failed, for an account or from an address; ``key`` is the digest of either."""

    __tablename__ = "login_failures"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditRow(Base):
    """One entry of the audit log. ``hash`` is of this entry and the hash before it; see `storage.audit`."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "tenant_id", "number"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int | None]
    at: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH * 2))
    address: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    tenant_id: Mapped[str | None] = mapped_column(String(MAX_TENANT_LENGTH))
    details: Mapped[Any] = mapped_column(JsonText)
    hash: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Base):
    """The one row that says how many entries there are and which the last is, with a signature of that."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    signature: Mapped[bytes] = mapped_column(LargeBinary)


APPEND_ONLY = (
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    "CREATE TRIGGER audit_in_order BEFORE INSERT ON audit "
    "WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit) "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
)
"""What SQLite refuses, whoever asks; the last, because ``INSERT OR REPLACE`` deletes without asking the others."""

for _statement in APPEND_ONLY:
    _trigger = DDL(_statement)  # type: ignore[no-untyped-call]
    event.listen(AuditRow.__table__, "after_create", _trigger.execute_if(dialect="sqlite"))
