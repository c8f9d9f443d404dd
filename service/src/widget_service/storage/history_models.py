"""The tables of what was: versions of definitions and of registries; and git repositories that registries come from."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from widget_service.storage.models import MAX_NAME_LENGTH, Base, _tenant_id
from widget_service.storage.types import JsonText, UtcDateTime


class DefinitionVersionRow(Base):
    """What a definition was after a change; ``definition`` is null where it was deleted."""

    __tablename__ = "definition_versions"

    tenant_id: Mapped[str] = _tenant_id()
    permalink: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    registry_id: Mapped[str | None] = mapped_column(String(MAX_NAME_LENGTH))
    definition: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))


class RegistryVersionRow(Base):
    """A registry as it was applied: its file, compressed, empty where there was none; ``note`` says what it was."""

    __tablename__ = "registry_versions"

    tenant_id: Mapped[str] = _tenant_id()
    registry_id: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[bytes] = mapped_column(LargeBinary)
    counts: Mapped[dict[str, Any]] = mapped_column(JsonText)
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)


class GitSourceRow(Base):
    """A git repository that a registry comes from, and what became of it when it was looked at last.

    ``token_secret`` and ``webhook_secret`` are names of secrets; ``webhook_kind`` says how pushes are signed.
    ``seen`` is the commit that was taken up or refused.
    """

    __tablename__ = "git_sources"

    tenant_id: Mapped[str] = _tenant_id()
    registry_id: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    branch: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    folder: Mapped[str] = mapped_column(Text)
    token_secret: Mapped[str | None] = mapped_column(String(MAX_NAME_LENGTH))
    webhook_secret: Mapped[str | None] = mapped_column(String(MAX_NAME_LENGTH))
    webhook_kind: Mapped[str] = mapped_column(String(16), server_default="signed")
    poll_s: Mapped[int]
    version: Mapped[int]
    seen: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    report: Mapped[Any] = mapped_column(JsonText)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
