"""A database as a whole: read while others change it, and replaced in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from widget_service.storage import copying
from widget_service.storage.actors import Who
from widget_service.storage.audit import Sign
from widget_service.storage.backend import Backend, Replaceable
from widget_service.storage.cache_purges import note
from widget_service.storage.changes import Change, Read
from widget_service.storage.errors import DatabaseEmpty
from widget_service.storage.migrations import advance, version_of
from widget_service.storage.portable import Shape
from widget_service.storage.tenants import all_tenants

Parts = Iterable[tuple[Shape, Iterable[Sequence[Any]]]]


@dataclass(frozen=True, slots=True)
class Contents:
    """One state of a database: its version, its last change, and its tables with their rows."""

    schema: str
    revision: int
    parts: Parts


@contextmanager
def contents(backend: Backend) -> Iterator[Contents]:
    """Yield what the database holds, whatever its version, as it is at this moment; raise `StorageError`."""
    with _errors_in_our_words(backend), backend.reading() as connection:
        version = version_of(connection)
        if version is None:
            raise DatabaseEmpty("The database is empty: there is nothing to back up.")
        shapes = copying.shapes(connection)
        parts = ((shape, copying.rows(connection, shape)) for shape in shapes)
        yield Contents(version, copying.last_number(connection, "revisions", "number"), parts)


def revision_of(backend: Backend) -> int | None:
    """Return the number of the last change; None for a database without tables. Raises `StorageError`."""
    with _errors_in_our_words(backend), backend.reading() as connection:
        if version_of(connection) is None:
            return None
        return copying.last_number(connection, "revisions", "number")


def replace(backend: Replaceable, new: Contents, *, actor: Who, at: datetime, sign: Sign) -> int:
    """Put ``new`` in the place of all that the database holds, brought up to date; return the number of this change.

    All of it or nothing: any error, one of reading ``new`` too, leaves the database as it was. Numbers of changes go on
    after those of both, so that every process notices; kept answers of all tenants are given up.
    """
    with _errors_in_our_words(backend), backend.migrating() as connection:
        last = {name: copying.last_number(connection, name, key) for name, key in copying.NUMBERED.items()}
        backend.empty(connection)
        advance(connection, new.schema)
        for shape, rows in new.parts:
            copying.fill(connection, shape, rows)
        advance(connection)
        for name, key in copying.NUMBERED.items():
            last[name] = max(last[name], copying.last_number(connection, name, key))
            backend.draw_after(connection, name, key, last[name])
        change = Change(connection, actor=actor, action="restore", tenant_id=None, at=at)
        change.summary = {"revision": new.revision, "schema": new.schema}
        change.touch()
        for tenant in all_tenants(Read(connection)):
            note(change, tenant.id)
        change.finish(sign)
        backend.announce(connection)
    return change.revision


@contextmanager
def _errors_in_our_words(backend: Backend) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise backend.fault(error) from error
