"""Envelope encryption: a tenant's data key encrypts its secrets, and a master key wraps the data key."""

import hmac
import secrets
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from widget_service.vault.derivation import KEY_BYTES, derive_key
from widget_service.vault.errors import UnreadableSecret, UnreadableTenantKey, UnstorableSecret
from widget_service.vault.key_holder import KeyHolder
from widget_service.vault.master_keys import MasterKey, MasterKeys
from widget_service.vault.sealing import SealBroken, seal, unseal

ID_BYTES = 8

_WRAPPING, _SECRET, _DIGEST = "tenant-key", "secret", "digest"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A tenant's data key as it is stored: ``blob`` opens under the master key that ``master_key_id`` names."""

    id: str
    tenant_id: str
    master_key_id: str
    blob: bytes = field(repr=False)


class TenantKey(KeyHolder):
    """A tenant's data key, open: it encrypts, decrypts and fingerprints the secrets of that tenant alone."""

    __slots__ = ("_cipher", "_digest_key", "_key", "id", "tenant_id")

    _shown = ("id", "tenant_id")

    def __init__(self, id_: str, tenant_id: str, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            del key  # the frame of an error must not hold it
            raise ValueError(f"a tenant's key has {KEY_BYTES} bytes")
        self.id = id_
        self.tenant_id = tenant_id
        self._key = key
        self._cipher = AESGCM(derive_key(key, _SECRET))
        self._digest_key = derive_key(key, _DIGEST)

    @classmethod
    def create(cls, tenant_id: str) -> "TenantKey":
        """Return a new, random key for a tenant."""
        return cls(secrets.token_hex(ID_BYTES), tenant_id, secrets.token_bytes(KEY_BYTES))

    @classmethod
    def unwrap(cls, master_keys: MasterKeys, wrapped: WrappedKey) -> "TenantKey":
        """Open a stored key; raise `UnreadableTenantKey` when its master key is not listed, or it is not what it says.

        Bytes that were stored for another tenant, key or master key do not open.
        """
        master_key = master_keys.by_id(wrapped.master_key_id)
        if master_key is None:
            raise UnreadableTenantKey(_not_listed(master_keys, wrapped))
        try:
            key = unseal(_wrapping_cipher(master_key), wrapped.blob, *_wrapping_context(wrapped))
        except SealBroken as broken:
            reason = str(broken)
        else:
            return cls(wrapped.id, wrapped.tenant_id, key)
        raise UnreadableTenantKey(
            f"The key '{wrapped.id}' of tenant '{wrapped.tenant_id}' cannot be decrypted: {reason}. "
            "Restore the database from a backup."
        )

    def wrap(self, master_keys: MasterKeys) -> WrappedKey:
        """Return the key as it is stored, under the first of the master keys."""
        master_key = master_keys.primary
        named = WrappedKey(self.id, self.tenant_id, master_key.id, b"")
        blob = seal(_wrapping_cipher(master_key), self._key, *_wrapping_context(named))
        return WrappedKey(self.id, self.tenant_id, master_key.id, blob)

    def encrypt(self, name: str, version: int, plaintext: str) -> bytes:
        """Return the secret encrypted, to be read under the same name and version of this tenant only.

        Raises `UnstorableSecret` for a text with lone surrogates, before anything can be stored.
        """
        try:
            data = _utf8(plaintext)
            if data is None:
                raise UnstorableSecret(
                    f"The secret '{name}' of tenant '{self.tenant_id}' cannot be stored: it holds half a surrogate "
                    "pair, which UTF-8 cannot write. Give it as text in UTF-8."
                )
            return seal(self._cipher, data, *self._secret_context(name, version))
        finally:
            del plaintext  # the frame of an error must not hold it

    def decrypt(self, name: str, version: int, blob: bytes) -> str:
        """Return the secret; raise `UnreadableSecret` when ``blob`` is not what this name and version were given."""
        try:
            return unseal(self._cipher, blob, *self._secret_context(name, version)).decode()
        except SealBroken as broken:
            reason = str(broken)
        raise UnreadableSecret(
            f"The secret '{name}' (version {version}) of tenant '{self.tenant_id}' cannot be decrypted: {reason}. "
            f"Restore the database from a backup, or set the secret again: widget-service secrets set {name} "
            f"--tenant {self.tenant_id}"
        )

    def digest(self, value: str) -> str:
        """Return a fingerprint of ``value``, 64 hexadecimal digits: the same for the same value of this tenant.

        It is keyed (HMAC-SHA256): without the master key, nobody can try values against it.
        """
        return hmac.digest(self._digest_key, value.encode("utf-8", "surrogatepass"), sha256).hex()

    def _secret_context(self, name: str, version: int) -> tuple[str | int, ...]:
        return (_SECRET, self.tenant_id, name, version)


def rewrap(master_keys: MasterKeys, wrapped: WrappedKey) -> WrappedKey:
    """Return the stored key under the first of the master keys, itself when it is there already.

    It is opened in any case, so that rotation finds what cannot be read while the old master key is still at hand.
    Raises `UnreadableTenantKey`.
    """
    opened = TenantKey.unwrap(master_keys, wrapped)
    return wrapped if wrapped.master_key_id == master_keys.primary.id else opened.wrap(master_keys)


def _wrapping_cipher(master_key: MasterKey) -> AESGCM:
    return AESGCM(derive_key(master_key.key, _WRAPPING))


def _wrapping_context(wrapped: WrappedKey) -> tuple[str, ...]:
    return (_WRAPPING, wrapped.tenant_id, wrapped.id, wrapped.master_key_id)


def _not_listed(master_keys: MasterKeys, wrapped: WrappedKey) -> str:
    return (
        f"The key '{wrapped.id}' of tenant '{wrapped.tenant_id}' is encrypted under the master key "
        f"'{wrapped.master_key_id}', which is not listed (listed: {', '.join(master_keys.ids)}). Add that master key "
        "after the first in WIDGET_SERVICE_MASTER_KEY or the master key file, then run: widget-service secrets "
        "rotate-key"
    )


def _utf8(text: str) -> bytes | None:
    # The codec's own error carries the text: it must not become the context of ours.
    try:
        return text.encode()
    except UnicodeEncodeError:
        return None
