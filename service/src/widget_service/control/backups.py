"""Backups: a database in one file, readable by every kind of database, secrets in it as ciphertext only.

The master key is in no backup. One that is restored is of use only with the master keys that its secrets were kept
under, so that is checked before anything is replaced.
"""

import gzip
import os
import secrets
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from widget_service._version import __version__
from widget_service.control.plane import read_master_keys
from widget_service.identity.keys import SigningKeys
from widget_service.settings import Settings
from widget_service.storage import backups, portable
from widget_service.storage.actors import Who
from widget_service.storage.backend import Replaceable
from widget_service.storage.database import backend_of, now
from widget_service.storage.errors import StorageError
from widget_service.storage.migrations import HEAD, VERSIONS
from widget_service.storage.portable import BackupDamaged, BackupTooNew, Head
from widget_service.vault import MasterKeys, TenantKey, UnreadableTenantKey, WrappedKey


class BackupRefused(StorageError):
    """It is not done as things stand; the message says what would help. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a backup is of, or what was restored; ``revision`` is then the number of that change."""

    schema: str
    revision: int
    made_at: str
    rows: int


def make_backup(settings: Settings, file: Path, *, force: bool = False) -> Told:
    """Write what the database holds at this moment to ``file``, mode 0600, whole or not at all.

    The service may run meanwhile, and the database may be of an earlier version. Raises `StorageError`, `OSError`.
    """
    if not force and os.path.lexists(file):
        raise BackupRefused(f"{file} is there already; choose another name, or give --force to replace it.")
    with _backend(settings) as backend, backups.contents(backend) as held:
        head = Head(__version__, held.schema, held.revision, now().isoformat(timespec="seconds"))
        rows = _write(file, portable.written(head, held.parts))
    return Told(head.schema, head.revision, head.made_at, rows)


def restore_backup(settings: Settings, file: Path, *, actor: Who, force: bool = False) -> Told:
    """Put a backup into the database of the settings, in one transaction; running processes notice within a second.

    Refused are a database that holds something, without ``force``; a backup that is damaged or of a later version; and
    master keys that do not open its secrets. Raises `StorageError`, `MasterKeyError`, `OSError`.
    """
    keys = read_master_keys(settings)
    head, rows = _checked(file, keys)
    with _backend(settings, create=True) as backend:
        held = backups.revision_of(backend)
        if held is not None and not force:
            raise BackupRefused(
                f"The database holds something already (its last change is number {held}). Make a backup of it, then "
                "give --force to replace all of it."
            )
        new = backups.Contents(head.schema, head.revision, portable.read(_lines(file)))
        sign = SigningKeys(keys.derive("audit")).sign
        revision = backups.replace(backend, new, actor=actor, at=now(), sign=sign)
    return Told(head.schema, revision, head.made_at, rows)


@contextmanager
def _backend(settings: Settings, *, create: bool = False) -> Iterator[Replaceable]:
    with closing(backend_of(settings.effective_database_url, create=create)) as backend:
        yield backend


def _checked(file: Path, keys: MasterKeys) -> tuple[Head, int]:
    """Read all of a backup once, before anything is changed."""
    rows = 0
    try:
        head = portable.read_head(next(_lines(file), b""))
        if head.schema not in VERSIONS:
            raise BackupTooNew(
                f"It is of a database at version {head.schema}, and this version of the service knows {HEAD} at most. "
                f"Restore it by the version that wrote it ({head.service}), or a later one."
            )
        for shape, batch in portable.read(_lines(file)):
            rows += len(batch)
            if shape.table == "tenant_keys":
                for row in batch:
                    _open_key(dict(zip(shape.columns, row, strict=True)), keys)
    except (BackupDamaged, BackupTooNew) as error:
        raise type(error)(f"{file} cannot be restored. {error} Nothing was changed.") from None
    return head, rows


def _open_key(row: dict[str, Any], keys: MasterKeys) -> None:
    try:
        wrapped = WrappedKey(row["id"], row["tenant_id"], row["master_key_id"], row["blob"])
        TenantKey.unwrap(keys, wrapped)
    except (KeyError, TypeError):
        raise BackupDamaged("Its tenants' keys are none.") from None
    except UnreadableTenantKey:
        raise BackupRefused(
            f"The secrets of this backup were kept under the master key {wrapped.master_key_id}, and these are "
            f"configured: {', '.join(keys.ids)}. Put that one into the key file, or list it after the first. Nothing "
            "was changed."
        ) from None


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with gzip.open(file, "rb") as opened:
            yield from opened
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise BackupDamaged("It is no backup, or a damaged one: it cannot be unpacked.") from None


def _write(file: Path, lines: Iterable[bytes]) -> int:
    """Write beside the file's place, then put it there, so that a backup is whole or not there; return the rows."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    rows = 0
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            rows = _compress(opened, lines)
            opened.flush()
            os.fsync(descriptor)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _compress(opened: BinaryIO, lines: Iterable[bytes]) -> int:
    rows = 0
    with gzip.GzipFile(filename="", mode="wb", fileobj=opened, mtime=0) as packed:
        for line in lines:
            rows += line.startswith(b"[")
            packed.write(line)
    return rows
