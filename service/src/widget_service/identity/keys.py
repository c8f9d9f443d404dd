"""Signing keys, one of each master key: the first signs, all verify, so that master keys can be replaced."""

import hmac
from collections.abc import Iterable
from hashlib import sha256

from widget_service.vault.errors import MasterKeyError
from widget_service.vault.key_holder import KeyHolder

__all__ = ["MasterKeyError", "SigningKeys"]


class SigningKeys(KeyHolder):
    """Signs by HMAC-SHA256 (RFC 2104) with the keys of one purpose, which `MasterKeys.derive` returns."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[bytes]) -> None:
        self._keys = tuple(keys)

    def sign(self, data: bytes, *, by: int = 0) -> bytes:
        """Return the signature of one key, the first unless ``by`` says which."""
        return hmac.digest(self._keys[by], data, sha256)

    def signer_of(self, data: bytes, signature: bytes) -> int | None:
        """Return which key signed ``data``, None when none did; each is compared in constant time."""
        for number in range(len(self._keys)):
            if hmac.compare_digest(signature, self.sign(data, by=number)):
                return number
        return None
