"""Signing keys, each derived from a master key for one purpose (HKDF-SHA256, RFC 5869)."""

import base64
import contextlib
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


class MasterKeyError(Exception):
    """A master key that is missing, malformed or readable by others; the message says how to mend it."""


def derive_key(master_key: bytes, purpose: str) -> bytes:
    """Return 32 bytes that only this purpose uses."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(master_key)


def read_or_create_master_key(file: Path) -> bytes:
    """Return the master key that ``file`` holds as base64, made on first use with mode 0600.

    Two processes that start at once agree on one key: the file is written whole beside its place and linked
    there, and the one that comes second reads what the first one linked.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as handle:
                handle.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            with contextlib.suppress(FileExistsError):
                os.link(draft, file)
        finally:
            draft.unlink()
    return _read_master_key(file)


def _read_master_key(file: Path) -> bytes:
    if file.stat().st_mode & 0o077:
        raise MasterKeyError(f"{file} can be read by others; run: chmod 600 {file}")
    try:
        key = base64.b64decode(file.read_bytes().strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise MasterKeyError(
            f"{file} holds no master key: it must be {KEY_BYTES} bytes as base64. Delete it to have a new one made; "
            "sessions of the old one end."
        )
    return key
