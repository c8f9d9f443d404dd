"""The master keys: an ordered few, of which the first encrypts and signs, and all decrypt and verify."""

import base64
import secrets
from collections.abc import Iterable, Iterator

from widget_service.vault.derivation import KEY_BYTES, derive_key
from widget_service.vault.errors import MasterKeyError
from widget_service.vault.key_holder import KeyHolder

ID_DIGITS = 16

_ID_PURPOSE = "key-id"


class MasterKey(KeyHolder):
    """One master key: ``key`` is 32 bytes; ``id`` names it in the database and tells nothing about it."""

    __slots__ = ("id", "key")

    _shown = ("id",)

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            del key  # the frame of an error must not hold it
            raise ValueError(f"a master key has {KEY_BYTES} bytes")
        self.key = key
        self.id = derive_key(key, _ID_PURPOSE).hex()[:ID_DIGITS]

    @classmethod
    def create(cls) -> "MasterKey":
        """Return a new, random one."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def as_text(self) -> str:
        """Return the key as base64, which `MasterKeys.from_text` reads."""
        return base64.b64encode(self.key).decode()


class MasterKeys(KeyHolder):
    """The master keys of a service, in their order; there is always one, and none twice."""

    __slots__ = ("_by_id",)

    _shown = ("ids",)

    def __init__(self, keys: Iterable[MasterKey]) -> None:
        listed = list(keys)
        self._by_id = {key.id: key for key in listed}
        if not listed or len(self._by_id) != len(listed):
            raise ValueError("master keys are at least one, and none is listed twice")

    @classmethod
    def from_text(cls, text: str, *, source: str = "The master key") -> "MasterKeys":
        """Read base64 keys of 32 bytes, separated by commas; white space and line ends between and within are ignored.

        Raises `MasterKeyError`, which names ``source`` and, by position, every key that is wrong.
        """
        keys, faults = _read(text)
        del text
        if faults:
            raise MasterKeyError(
                f"{source} cannot be used: {'; '.join(faults)}. It must be {KEY_BYTES} random bytes as base64, several "
                "separated by commas; `openssl rand -base64 32` or `widget-service init` makes one. What an old key "
                "encrypted cannot be read without it: where there are secrets already, restore it from a backup."
            )
        return cls(keys)

    @property
    def primary(self) -> MasterKey:
        """The first: it encrypts and signs."""
        return next(iter(self))

    @property
    def ids(self) -> tuple[str, ...]:
        """The names of all, in their order."""
        return tuple(self._by_id)

    def by_id(self, id_: str) -> MasterKey | None:
        """Return the key of that name, None when it is not listed."""
        return self._by_id.get(id_)

    def derive(self, purpose: str) -> tuple[bytes, ...]:
        """Return the keys that only this purpose uses, one of each master key: the first signs, all verify."""
        return tuple(derive_key(master_key.key, purpose) for master_key in self)

    def __iter__(self) -> Iterator[MasterKey]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)


def _read(text: str) -> tuple[list[MasterKey], list[str]]:
    """Return the keys that can be read, and what is wrong with the others."""
    if not text.strip():
        return [], ["it is empty"]
    keys: list[MasterKey] = []
    faults: list[str] = []
    for position, part in enumerate(text.split(","), start=1):
        key = _key_of(part)
        if isinstance(key, str):
            faults.append(f"key {position} {key}")
        elif key.id in (known.id for known in keys):
            faults.append(f"key {position} is listed twice")
        else:
            keys.append(key)
    return keys, faults


def _key_of(text: str) -> MasterKey | str:
    """Return the key, or what is wrong with the text in words that do not quote it."""
    compact = "".join(text.split())
    if not compact:
        return "is missing before or after a comma"
    try:
        key = base64.b64decode(compact, validate=True)
    except ValueError:
        return "is not base64"
    return MasterKey(key) if len(key) == KEY_BYTES else f"has {len(key)} bytes"
