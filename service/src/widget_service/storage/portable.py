"""Rows as lines of JSON that mean the same whatever database they come from: decisions only, no I/O.

A backup is such lines: a head, for each table its columns followed by its rows, and an end that says how many rows
there were and the SHA-256 of all lines before it. What an older version of the service wrote a later one can read.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from widget_service.storage.errors import StorageError

FORMAT = "widget-service-backup"
FORMAT_VERSION = 1
BATCH = 500
_KINDS = ("text", "int", "float", "bool", "bytes", "moment")


class BackupDamaged(StorageError):
    """The backup is none, or is not whole; the message says where it breaks off."""


class BackupTooNew(StorageError):
    """A later version of the service wrote the backup, which alone knows how to read it."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a backup is of: the version that wrote it, the database's version, its last change, and the moment."""

    service: str
    schema: str
    revision: int
    made_at: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its name, and the kind of each column by its name, in their order."""

    table: str
    columns: dict[str, str]


def written(head: Head, parts: Iterable[tuple[Shape, Iterable[Sequence[Any]]]]) -> Iterator[bytes]:
    """Yield the lines of a backup; values are as the columns' kinds have them in Python."""
    digest, rows = hashlib.sha256(), 0
    for line in _lines(head, parts):
        rows += line.startswith(b"[")
        digest.update(line)
        yield line
    yield _line({"rows": rows, "sha256": digest.hexdigest()})


def read_head(line: bytes) -> Head:
    """Return the head that a backup begins with; raise `BackupDamaged` and `BackupTooNew`."""
    told = _parsed(line, 1)
    if not isinstance(told, dict) or told.pop("format", None) != FORMAT:
        raise BackupDamaged("It is no backup of Widget Service: it does not begin as one.")
    version = told.pop("format_version", None)
    if version != FORMAT_VERSION:
        raise BackupTooNew(
            f"It has the format {version}, and this version reads {FORMAT_VERSION}. Restore it by the version that "
            f"wrote it ({told.get('service')}), or a later one."
        )
    try:
        return Head(**told)
    except TypeError:
        raise BackupDamaged("Its first line says too little or too much.") from None


def read(lines: Iterable[bytes]) -> Iterator[tuple[Shape, list[list[Any]]]]:
    """Yield the rows after the head, a batch at a time, as Python values; raise `BackupDamaged` where it breaks off.

    ``lines`` are all lines, the head's too. What was yielded before an error is not to be relied on.
    """
    digest, count, shape = hashlib.sha256(), 0, None
    batch: list[list[Any]] = []
    for number, line in enumerate(lines, start=1):
        told = None if number == 1 else _parsed(line, number)
        if isinstance(told, dict) and "sha256" in told:
            if told != {"rows": count, "sha256": digest.hexdigest()}:
                raise BackupDamaged("It was changed after it was written, or is damaged: its check sum differs.")
            if shape is not None:
                yield shape, batch
            return
        digest.update(line)
        if isinstance(told, dict):
            if shape is not None:
                yield shape, batch
            shape, batch = _shape(told, number), []
        elif number > 1:
            count += 1
            batch.append(_values(shape, told, number))
            if shape is not None and len(batch) == BATCH:
                yield shape, batch
                batch = []
    raise BackupDamaged("It ends before its end: it was cut off when it was written or copied.")


def _lines(head: Head, parts: Iterable[tuple[Shape, Iterable[Sequence[Any]]]]) -> Iterator[bytes]:
    yield _line({"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(head)})
    for shape, rows in parts:
        yield _line(asdict(shape))
        for row in rows:
            yield _line([_encoded(value) for value in row])


def _line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _encoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value


def _parsed(line: bytes, number: int) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise BackupDamaged(f"Its line {number} is not what a backup holds.") from None


def _shape(told: dict[str, Any], number: int) -> Shape:
    table, columns = told.get("table"), told.get("columns")
    if not isinstance(table, str) or not isinstance(columns, dict) or not set(columns.values()) <= set(_KINDS):
        raise BackupDamaged(f"Its line {number} describes no table.")
    return Shape(table, columns)


def _values(shape: Shape | None, row: Any, number: int) -> list[Any]:
    if shape is None or not isinstance(row, list) or len(row) != len(shape.columns):
        raise BackupDamaged(f"Its line {number} is no row of its table.")
    try:
        return [_decoded(value, kind) for value, kind in zip(row, shape.columns.values(), strict=True)]
    except (ValueError, TypeError, binascii.Error):
        raise BackupDamaged(f"Its line {number} holds what cannot stand in its table.") from None


def _decoded(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind == "bytes":
        return base64.b64decode(value, validate=True)
    if kind == "moment":
        return datetime.fromisoformat(value)
    return value
