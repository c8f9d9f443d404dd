"""The tables.

Everything of a tenant goes with the tenant (``ON DELETE CASCADE``). What refers to a key or a registry stops its
deletion, checked at the end of the statement (``NO ACTION``): a key in use must not vanish, and a registry's
definitions are deleted one by one, in the open; the end of the statement, so that a tenant can still go as a whole. The
history refers to tenants by name only: it outlives them.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from widget_service.storage.types import JsonText, UtcDateTime

DefinitionKind = Literal["connector", "composite"]
RegistryKind = Literal["path", "git"]
ValueKind = Literal["secret", "variable"]

MAX_NAME_LENGTH = 255
MAX_TENANT_LENGTH = 63

_CONSTRAINT_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


class Base(DeclarativeBase):
    """All tables, with names for all constraints, so that migrations can speak of them."""

    metadata = MetaData(naming_convention=_CONSTRAINT_NAMES)


def _tenant_id() -> Mapped[str]:
    return mapped_column(String(MAX_TENANT_LENGTH), ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)


class TenantRow(Base):
    """An owner of definitions, values and users; ``id`` is its name."""

    __tablename__ = "tenants"
    __table_args__ = (CheckConstraint(f"length(id) BETWEEN 1 AND {MAX_TENANT_LENGTH} AND id = lower(id)", name="name"),)

    id: Mapped[str] = mapped_column(String(MAX_TENANT_LENGTH), primary_key=True)
    hosts: Mapped[list[str]] = mapped_column(JsonText)
    origins: Mapped[list[str]] = mapped_column(JsonText)
    allow_anonymous: Mapped[bool]
    settings: Mapped[dict[str, Any]] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int]


class TenantKeyRow(Base):
    """A tenant's data key, wrapped by a master key; one of them is current and encrypts."""

    __tablename__ = "tenant_keys"
    __table_args__ = (
        Index(
            "ix_tenant_keys_current",
            "tenant_id",
            unique=True,
            sqlite_where=text("is_current"),
            postgresql_where=text("is_current"),
        ),
    )

    tenant_id: Mapped[str] = _tenant_id()
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    master_key_id: Mapped[str] = mapped_column(String(64))
    blob: Mapped[bytes] = mapped_column(LargeBinary)
    is_current: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int]


class NamedValueRow(Base):
    """A secret, as ciphertext only, or a variable; both share one space of names."""

    __tablename__ = "named_values"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "key_id"], ["tenant_keys.tenant_id", "tenant_keys.id"]),
        CheckConstraint(f"length(name) BETWEEN 1 AND {MAX_NAME_LENGTH}", name="name"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(
            "(kind = 'secret' AND value IS NULL AND ciphertext IS NOT NULL AND key_id IS NOT NULL) OR "
            "(kind = 'variable' AND value <> '' AND value IS NOT NULL AND ciphertext IS NULL AND key_id IS NULL)",
            name="kind",
        ),
    )

    tenant_id: Mapped[str] = _tenant_id()
    name: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), primary_key=True)
    kind: Mapped[ValueKind] = mapped_column(String(16))
    version: Mapped[int]
    value: Mapped[str | None] = mapped_column(Text)
    ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_id: Mapped[str | None] = mapped_column(String(64))
    origins: Mapped[list[str]] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int]


class RegistryRow(Base):
    """Where synced definitions come from, and what was applied last."""

    __tablename__ = "registries"
    __table_args__ = (
        CheckConstraint(f"length(id) BETWEEN 1 AND {MAX_NAME_LENGTH}", name="name"),
        CheckConstraint("kind IN ('path', 'git')", name="kind"),
    )

    tenant_id: Mapped[str] = _tenant_id()
    id: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    kind: Mapped[RegistryKind] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int]


class DefinitionRow(Base):
    """A connector or composite connector, its JSON as it was given; without a registry it was made by hand."""

    __tablename__ = "definitions"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "registry_id"], ["registries.tenant_id", "registries.id"]),
        Index(None, "tenant_id", "registry_id"),
        CheckConstraint(
            f"length(permalink) BETWEEN 1 AND {MAX_NAME_LENGTH} AND permalink = lower(permalink)", name="permalink"
        ),
        CheckConstraint("kind IN ('connector', 'composite')", name="kind"),
    )

    tenant_id: Mapped[str] = _tenant_id()
    permalink: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), primary_key=True)
    kind: Mapped[DefinitionKind] = mapped_column(String(16))
    registry_id: Mapped[str | None] = mapped_column(String(MAX_NAME_LENGTH))
    definition: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    secrets: Mapped[list[str]] = mapped_column(JsonText)
    variables: Mapped[list[str]] = mapped_column(JsonText)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int]


class RevisionRow(Base):
    """One change: who did what when. Numbers grow and are never used again."""

    __tablename__ = "revisions"
    __table_args__ = (Index(None, "tenant_id", "number"), {"sqlite_autoincrement": True})

    number: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str | None] = mapped_column(String(MAX_TENANT_LENGTH))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    action: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    summary: Mapped[dict[str, Any]] = mapped_column(JsonText)


class CachePurgeRow(Base):
    """When the kept answers of a connector were given up, or under an empty permalink those of all."""

    __tablename__ = "cache_purges"

    tenant_id: Mapped[str] = _tenant_id()
    permalink: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), primary_key=True)
    revision: Mapped[int]


class TokenRow(Base):
    """An access token of a destination, sealed, and the lease of the process that asks for it; ``id`` is its name."""

    __tablename__ = "tokens"

    tenant_id: Mapped[str] = _tenant_id()
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    holder: Mapped[str | None] = mapped_column(String(64))
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UserKeysRow(Base):
    """The keys that verify a tenant's user tokens, where it has keys of its own: a JWK Set, as ciphertext."""

    __tablename__ = "user_keys"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "key_id"], ["tenant_keys.tenant_id", "tenant_keys.id"]),
        CheckConstraint("version >= 1", name="version"),
    )

    tenant_id: Mapped[str] = _tenant_id()
    version: Mapped[int]
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revision: Mapped[int]


class RevokedSessionRow(Base):
    """A caller's session that was ended before its time; numbers grow and are never used again."""

    __tablename__ = "sessions_revoked"
    __table_args__ = (
        Index(None, "tenant_id", "session_id", unique=True),
        Index(None, "expires_at"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(MAX_TENANT_LENGTH), ForeignKey("tenants.id", ondelete="CASCADE"))
    session_id: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
