"""The tables about calls: some of them, what was counted of all, the last use of each connector, what is captured."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from widget_service.executions.latencies import COUNTS
from widget_service.storage.models import MAX_NAME_LENGTH, MAX_TENANT_LENGTH, Base, _tenant_id
from widget_service.storage.types import JsonText, UtcDateTime


class ExecutionRow(Base):
    """One call; its ``id`` holds the time."""

    __tablename__ = "executions"
    __table_args__ = (
        Index(None, "tenant_id", "permalink", "id"),
        Index(None, "tenant_id", "status", "id"),
        Index(None, "tenant_id", "caller", "id"),
        Index(None, "tenant_id", "request_id", "id"),
    )

    tenant_id: Mapped[str] = _tenant_id()
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    permalink: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    kind: Mapped[str] = mapped_column(String(16))
    method: Mapped[str] = mapped_column(String(16))
    status: Mapped[int]
    code: Mapped[str | None] = mapped_column(String(64))
    caller: Mapped[str | None] = mapped_column(String(MAX_NAME_LENGTH))
    request_id: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH))
    host: Mapped[str | None] = mapped_column(String(MAX_NAME_LENGTH))
    total_ms: Mapped[float]
    setup_ms: Mapped[float]
    auth_ms: Mapped[float]
    cache_ms: Mapped[float]
    external_ms: Mapped[float]
    transform_ms: Mapped[float]
    cache: Mapped[str] = mapped_column(String(32))
    request_bytes: Mapped[int | None] = mapped_column(BigInteger)
    response_bytes: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int]
    details: Mapped[Any] = mapped_column(JsonText)


LATENCY_COLUMNS = tuple(f"latency_{index}" for index in range(COUNTS))
"""How many calls each count of `widget_service.executions.latencies` has: columns, so that a database adds them up."""

STATISTICS = Table(
    "execution_statistics",
    Base.metadata,
    Column("tenant_id", String(MAX_TENANT_LENGTH), ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True),
    Column("span_s", Integer, primary_key=True, autoincrement=False),
    Column("permalink", String(MAX_NAME_LENGTH), primary_key=True),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("calls", Integer, nullable=False),
    Column("errors", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("cache_hits", Integer, nullable=False),
    Column("total_ms", Double, nullable=False),
    Column("external_ms", Double, nullable=False),
    *(Column(name, Integer, nullable=False) for name in LATENCY_COLUMNS),
    Index(None, "span_s", "start"),
    sqlite_with_rowid=False,
)


class ConnectorUseRow(Base):
    """When a connector was called last, when its destination was, and when it answered with an error."""

    __tablename__ = "connector_uses"

    tenant_id: Mapped[str] = _tenant_id()
    permalink: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), primary_key=True)
    called_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CaptureRow(Base):
    """Until when bodies of a connector's calls are kept."""

    __tablename__ = "captures"

    tenant_id: Mapped[str] = _tenant_id()
    permalink: Mapped[str] = mapped_column(String(MAX_NAME_LENGTH), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
