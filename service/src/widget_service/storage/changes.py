"""Transactions: a `Read` sees one state; a `Change` makes the next one, under one revision number."""

from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, insert, update

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

    def __init__(self, connection: Connection, *, actor: str, action: str, tenant_id: str | None, at: datetime) -> None:
        super().__init__(connection)
        self.actor = actor
        self.action = action
        self.tenant_id = tenant_id
        self.at = at
        self.summary: dict[str, Any] = {}

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

    def touch(self) -> int:
        """Draw the number where no row is left that could carry it, as after a deletion; return it."""
        number: int = self.revision
        return number

    def finish(self) -> None:
        """Keep the summary with the revision; the last thing before the transaction is committed."""
        if self.has_touched and self.summary:
            row = update(RevisionRow).where(RevisionRow.number == self.revision)
            self.connection.execute(row.values(summary=self.summary))
