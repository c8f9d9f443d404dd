"""The file of the last snapshot: its stamp in one readable line, then the content, sealed under the master key.

It is written whole beside its place and moved there, so that no reader sees half of it; its mode is 0600. The stamp is
bound to the content: neither can be exchanged. It tells nothing but numbers, a time and the name of a key.
"""

import contextlib
import fcntl
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from widget_service.storage.migrations import HEAD
from widget_service.vault import MasterKey, MasterKeys
from widget_service.vault.derivation import derive_key
from widget_service.vault.sealing import SealBroken, seal, unseal

NAME = "snapshot.sealed"
FORMAT = 1
_PURPOSE = "snapshot-file"
_MAX_STAMP_BYTES = 1024
_LEVEL = 1  # definitions are text that repeats itself; more effort gains little


class UnusableSnapshot(Exception):
    """A file that there is and that cannot be used; the message is the end of "the last snapshot is not used: …"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """Which state a file holds: of the database's ``revision``, made ``revised_at``, with its last log-out.

    ``tables`` is the version of the tables, ``key`` the name of the master key that it is sealed under, ``at`` when it
    was written (Unix seconds).
    """

    revision: int
    revised_at: str
    log_outs: int
    key: str
    at: float
    format: int = FORMAT
    tables: str = HEAD

    def is_of(self, other: "Stamp") -> bool:
        """Whether both are of the same state, to be opened by the same key."""
        return (self.revision, self.revised_at, self.log_outs, self.key, self.tables) == (
            other.revision,
            other.revised_at,
            other.log_outs,
            other.key,
            other.tables,
        )


class SnapshotFile:
    """The file in ``folder``, the service's data directory; the processes that share the folder share the file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._lock = folder / f".{NAME}.lock"
        self._draft = folder / f".{NAME}.draft"  # one name: what a killed process has left is written over

    @contextlib.contextmanager
    def locked(self) -> Iterator[bool]:
        """Keep others from writing while the block runs; False where another is at it. Raises `OSError`."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def stamp(self) -> Stamp | None:
        """Return the stamp, unproved; None where there is no file; raise `UnusableSnapshot`."""
        try:
            with self.path.open("rb") as file:
                return _stamp(file.readline(_MAX_STAMP_BYTES))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnusableSnapshot(f"it cannot be read ({error.strerror})") from None

    def write(self, stamp: Stamp, content: bytes, key: MasterKey) -> None:
        """Replace the file, or leave it as it was; within `locked`. Raises `OSError`."""
        line = json.dumps(asdict(stamp), separators=(",", ":"))
        sealed = seal(_cipher(key), zlib.compress(content, _LEVEL), line)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._draft, flags, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(line.encode("ascii") + b"\n" + sealed)
            file.flush()
            os.fsync(descriptor)
        os.replace(self._draft, self.path)

    def read(self, keys: MasterKeys) -> tuple[Stamp, bytes] | None:
        """Return stamp and content, both proved; None where there is no file; raise `UnusableSnapshot`."""
        try:
            line, _, sealed = self.path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnusableSnapshot(f"it cannot be read ({error.strerror})") from None
        stamp = _stamp(line)
        key = keys.by_id(stamp.key)
        if key is None:
            raise UnusableSnapshot(f"it is sealed under the master key {stamp.key}, which is not listed")
        try:
            return stamp, zlib.decompress(unseal(_cipher(key), sealed, line.decode("ascii")))
        except (SealBroken, zlib.error) as broken:
            raise UnusableSnapshot(str(broken)) from None


def _stamp(line: bytes) -> Stamp:
    try:
        told = json.loads(line)
        if told["format"] != FORMAT:
            raise UnusableSnapshot(f"it is of format {told['format']}, and this version knows only {FORMAT}")
        stamp = Stamp(**told)
    except (ValueError, TypeError, KeyError):
        raise UnusableSnapshot("it is damaged, or something else") from None
    if stamp.tables != HEAD:
        raise UnusableSnapshot(f"it is of another version of the service (tables {stamp.tables}, here {HEAD})")
    return stamp


def _cipher(key: MasterKey) -> AESGCM:
    return AESGCM(derive_key(key.key, _PURPOSE))
