"""Sealed bytes: a format version, a random nonce and AES-256-GCM, bound to what they are for."""

import json
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = 1
NONCE_BYTES = 12
TAG_BYTES = 16
OVERHEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES


class SealBroken(Exception):
    """Sealed bytes that do not open; the message is the end of the sentence "it cannot be decrypted: ..."."""


def seal(cipher: AESGCM, plaintext: bytes, *context: str | int) -> bytes:
    """Return ``plaintext`` encrypted, to be opened with the same ``context`` only: format, nonce, ciphertext, tag."""
    nonce = os.urandom(NONCE_BYTES)
    return bytes([FORMAT]) + nonce + cipher.encrypt(nonce, plaintext, _associated_data(context))


def unseal(cipher: AESGCM, sealed: bytes, *context: str | int) -> bytes:
    """Return what was sealed; raise `SealBroken` for bytes of another key, context or format, or damaged ones."""
    if len(sealed) < OVERHEAD_BYTES:
        raise SealBroken("it is cut off")
    if sealed[0] != FORMAT:
        raise SealBroken(f"it is of format {sealed[0]}, and this version of the service knows only {FORMAT}")
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return cipher.decrypt(nonce, ciphertext, _associated_data(context))
    except InvalidTag:
        raise SealBroken("it is damaged, or was moved here from another place") from None


@lru_cache(maxsize=4096)
def _associated_data(context: tuple[str | int, ...]) -> bytes:
    # A JSON array: whatever the parts hold, no two contexts are written alike.
    return json.dumps([FORMAT, *context], separators=(",", ":")).encode("ascii")
