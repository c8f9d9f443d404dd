"""Tokens outside of memory: under a name that tells nothing, encrypted, and bound to that name."""

import hmac
from hashlib import sha256
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from widget_service.authentication.grant import TokenKey
from widget_service.authentication.tokens.token import Token
from widget_service.vault import MasterKeys
from widget_service.vault.sealing import SealBroken, seal, unseal

VERSION = 1
_PURPOSE = "tokens"
_NAMES_PURPOSE = "token-names"


class TokenSeal:
    """Seals by a key derived from the first master key; opens what any of them has sealed."""

    def __init__(self, master_keys: MasterKeys) -> None:
        self._ciphers = [AESGCM(key) for key in master_keys.derive(_PURPOSE)]
        self._names_key = master_keys.derive(_NAMES_PURPOSE)[0]

    def name(self, key: TokenKey) -> str:
        """Return the name of a token in a store, 64 hexadecimal digits (HMAC-SHA256)."""
        return hmac.digest(self._names_key, f"{key.tenant_id}\n{key.digest}".encode(), sha256).hex()

    def seal(self, key: TokenKey, token: Token) -> bytes:
        """Return the token's bytes, to be opened under the same key only."""
        plain = orjson.dumps([VERSION, token.value, token.obtained_at, token.expires_at])
        return seal(self._ciphers[0], plain, _PURPOSE, self.name(key))

    def open(self, key: TokenKey, sealed: bytes) -> Token | None:
        """Return the token; None for bytes that are damaged, of another place, key or version."""
        for cipher in self._ciphers:
            try:
                return _token(orjson.loads(unseal(cipher, sealed, _PURPOSE, self.name(key))))
            except SealBroken:
                continue
            except (ValueError, TypeError):
                return None
        return None


def _token(values: Any) -> Token:
    version, value, obtained_at, expires_at = values
    if version != VERSION:
        raise ValueError("a token of another version")
    return Token(str(value), float(obtained_at), float(expires_at))
