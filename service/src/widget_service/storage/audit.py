"""The audit log: entries that nobody changes, each with a hash of itself and of the hash before it.

The chain is plain SHA-256, so that an export can be checked by anybody. The head (how many entries, and the last hash)
is signed under the master key: who can write to the database file and make a chain anew cannot make its head.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, String, insert, select, type_coerce, update

from widget_service.storage.admin_models import AuditHeadRow, AuditRow

ZERO: Final = "0" * 64
"""The hash before the first entry."""
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change. ``details`` is ``{"summary"?, "before"?, "after"?}``, secrets in it as digests only."""

    number: int
    revision: int | None
    at: str
    actor: str
    address: str
    action: str
    tenant_id: str | None
    details: Any
    hash: str

    def expected_hash(self, before: str) -> str:
        """Return what the hash must be, where ``before`` is that of the entry before."""
        content = {name: value for name, value in asdict(self).items() if name != "hash"}
        text = json.dumps(
            content, sort_keys=True, separators=(",", ":"), default=repr
        )  # bytes: somebody put them there
        return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """How many entries there are, the last hash, and the signature of both."""

    count: int
    hash: str
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What the signature is of."""
        return f"{self.count}:{self.hash}".encode()


def head(connection: Connection) -> Head:
    """Return the head; that of an empty log has no signature."""
    row = connection.execute(select(AuditHeadRow.count, AuditHeadRow.hash, AuditHeadRow.signature)).first()
    return Head(0, ZERO, b"") if row is None else Head(*row)


def append(
    connection: Connection,
    *,
    sign: Sign,
    at: datetime,
    actor: str,
    address: str,
    action: str,
    tenant_id: str | None,
    revision: int | None,
    details: Any,
) -> None:
    """Add an entry within a transaction that no other writes beside."""
    last = head(connection)
    entry = Entry(
        number=last.count + 1,
        revision=revision,
        at=at.isoformat(timespec="microseconds"),
        actor=actor,
        address=address,
        action=action,
        tenant_id=tenant_id,
        details=json.loads(json.dumps(details)),
        hash="",
    )
    values = {**asdict(entry), "hash": entry.expected_hash(last.hash)}
    connection.execute(insert(AuditRow).values(values))
    set_head(connection, entry.number, str(values["hash"]), sign, is_first=last.count == 0)


def set_head(connection: Connection, count: int, last_hash: str, sign: Sign, *, is_first: bool = False) -> None:
    """Keep the head, signed."""
    signature = sign(Head(count, last_hash, b"").signed)
    columns = {"count": count, "hash": last_hash, "signature": signature}
    if is_first:
        connection.execute(insert(AuditHeadRow).values(id=1, **columns))
    else:
        connection.execute(update(AuditHeadRow).values(**columns))


def sign_again(connection: Connection, sign: Sign) -> None:
    """Sign the head with another key."""
    last = head(connection)
    if last.count:
        set_head(connection, last.count, last.hash, sign)


def entries(
    connection: Connection, *, after: int = 0, before: int | None = None, limit: int | None = None, **equal: Any
) -> Iterator[Entry]:
    """Yield entries in their order, those with the columns ``equal`` only; with ``before``, the youngest first."""
    rows = _select().where(AuditRow.number > after)
    for name, value in equal.items():
        rows = rows.where(getattr(AuditRow, name) == value)
    if before is not None:
        rows = rows.where(AuditRow.number < before).order_by(AuditRow.number.desc())
    else:
        rows = rows.order_by(AuditRow.number)
    for row in connection.execution_options(yield_per=500).execute(rows if limit is None else rows.limit(limit)):
        yield _entry(row)


def _select() -> Select[Any]:
    columns = [column for column in AuditRow.__table__.columns if column.name != "details"]
    return select(*columns, type_coerce(AuditRow.details, String).label("details"))


def _entry(row: Row[Any]) -> Entry:
    return Entry(**{**row._mapping, "details": _details(row.details)})


def _details(text: Any) -> Any:
    """Return the details; what somebody has put in their place, which is no JSON, as it stands: its hash tells."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return text
