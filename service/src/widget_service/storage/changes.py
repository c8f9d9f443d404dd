"""Transactions: a `Read` sees one state; a `Change` makes the next one, under one revision number."""

from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, insert, update

from widget_service.storage import audit
from widget_service.storage.actors import Who, actor_of
from widget_service.storage.models import RevisionRow


class Read:
    """One state of the database, for as long as it is used. Repositories read through it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection


class Change(Read):
    """One change: everything that it touches is stored together or not at all.

    ``at`` is the moment of the change, for everything in it. ``summary`` is kept with the revision; it may be filled in
    until the end and holds no secret.
    """

    def __init__(self, connection: Connection, *, actor: Who, action: str, tenant_id: str | None, at: datetime) -> None:
        super().__init__(connection)
        self.by = actor_of(actor)
        self.actor = self.by.name
        self.action = action
        self.tenant_id = tenant_id
        self.at = at
        self.summary: dict[str, Any] = {}
        self.noted: dict[str, Any] | None = None
        self.is_announced = False

    @cached_property
    def revision(self) -> int:
        """The number of this change, drawn on first use: a change that touches nothing leaves no trace."""
        values = {"at": self.at, "actor": self.actor, "action": self.action, "tenant_id": self.tenant_id, "summary": {}}
        number: int | None = self.connection.scalar(insert(RevisionRow).values(values).returning(RevisionRow.number))
        assert number is not None
        return number

    @property
    def has_touched(self) -> bool:
        """Whether anything was touched so far."""
        return "revision" in self.__dict__

    def note(self, *, before: Any = None, after: Any = None) -> None:
        """Keep in the audit log what was there before and what is there after: plain JSON values, and no secret."""
        self.noted = {"before": before, "after": after}

    def touch(self) -> int:
        """Draw the number where no row is left that could carry it, as after a deletion; return it."""
        number: int = self.revision
        return number

    def announce(self) -> None:
        """Tell all processes of this change at once, though it draws no number."""
        self.is_announced = True

    def finish(self, sign: audit.Sign) -> None:
        """Keep the summary with the revision, and all of it in the audit log; the last thing before the commit."""
        if self.has_touched and self.summary:
            row = update(RevisionRow).where(RevisionRow.number == self.revision)
            self.connection.execute(row.values(summary=self.summary))
        if self.has_touched or (self.noted is not None and self.noted["before"] != self.noted["after"]):
            self._keep_in_audit(sign)

    def _keep_in_audit(self, sign: audit.Sign) -> None:
        details = {"summary": self.summary or None, **(self.noted or {})}
        audit.append(
            self.connection,
            sign=sign,
            at=self.at,
            actor=self.by.name,
            address=self.by.address,
            action=self.action,
            tenant_id=self.tenant_id,
            revision=self.revision if self.has_touched else None,
            details={name: value for name, value in details.items() if value is not None},
        )
