"""Keys derived from a key, each for one purpose (HKDF-SHA256, RFC 5869)."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


def derive_key(key: bytes, purpose: str) -> bytes:
    """Return 32 bytes that only this purpose uses, and that tell nothing about ``key`` or another purpose's."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(key)
