"""Entries outside of memory: under a name that tells nothing, encrypted, bound to that name and to this form."""

import hmac
from dataclasses import asdict
from hashlib import sha256
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from widget_service.caching.entry import Entry
from widget_service.caching.memory import Key, Variants
from widget_service.caching.storing import Terms
from widget_service.vault import MasterKeys
from widget_service.vault.sealing import SealBroken, seal, unseal

VERSION = 1
_PURPOSE = "cache"
_NAMES_PURPOSE = "cache-names"
_LENGTH_BYTES = 4


class EntrySeal:
    """Seals by a key derived from the first master key; opens what any of them has sealed."""

    def __init__(self, master_keys: MasterKeys) -> None:
        self._ciphers = [AESGCM(key) for key in master_keys.derive(_PURPOSE)]
        self._names_key = master_keys.derive(_NAMES_PURPOSE)[0]

    def name(self, key: Key | str) -> str:
        """Return the name of an entry or of a URI in a store, 64 hexadecimal digits (HMAC-SHA256)."""
        raw = key.encode("utf-8", "surrogatepass") if isinstance(key, str) else key
        return hmac.digest(self._names_key, raw, sha256).hex()

    def seal(self, name: str, kept: Entry | Variants) -> bytes:
        """Return an entry's bytes, to be opened under the same name only."""
        return seal(self._ciphers[0], _packed(kept), _PURPOSE, VERSION, name)

    def open(self, name: str, sealed: bytes) -> Entry | Variants | None:
        """Return the entry; None for bytes that are damaged, of another place, key or version."""
        for cipher in self._ciphers:
            try:
                return _unpacked(unseal(cipher, sealed, _PURPOSE, VERSION, name))
            except SealBroken:
                continue
            except (ValueError, TypeError, KeyError):
                return None
        return None


def _packed(kept: Entry | Variants) -> bytes:
    """A length, as much JSON, and the body as it is."""
    if isinstance(kept, Variants):
        head, body = {"variants": kept.names}, b""
    else:
        head, body = _head_of(kept), kept.body
    text = orjson.dumps(head)
    return len(text).to_bytes(_LENGTH_BYTES) + text + body


def _head_of(entry: Entry) -> dict[str, Any]:
    return {
        "status": entry.status,
        "headers": entry.headers,
        "terms": asdict(entry.terms),
        "uri": entry.uri,
        "epoch": entry.epoch,
        "selecting": entry.selecting,
        "id": entry.id.hex(),
    }


def _unpacked(plain: bytes) -> Entry | Variants:
    end = _LENGTH_BYTES + int.from_bytes(plain[:_LENGTH_BYTES])
    head, body = orjson.loads(plain[_LENGTH_BYTES:end]), plain[end:]
    if "variants" in head:
        return Variants(tuple(head["variants"]))
    return Entry(
        status=head["status"],
        headers=tuple((name, value) for name, value in head["headers"]),
        body=body,
        terms=Terms(**{**head["terms"], "vary": tuple(head["terms"]["vary"])}),
        uri=head["uri"],
        epoch=head["epoch"],
        selecting=tuple(head["selecting"]),
        id=bytes.fromhex(head["id"]),
    )
